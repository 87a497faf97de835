import itertools
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from casework import context
from casework.access import Role
from casework.models import User
from interventions.models import ContactType
from partners.models import Handover, HandoverMove, Pack
from partners.operations import handovers as operations
from partners.queries import handovers as queries
from partners.queries import protocols
from tests import factories
from tests.partners import contents, steps

State = Handover.State
TODAY = timezone.localdate()


@pytest.fixture
def case(db):
    case = factories.case(worker=factories.user())
    factories.protocol()
    factories.consent(case.person)
    return case


def make(case, **given):
    given = {"release_on": TODAY + timedelta(days=10), "content": contents.FULL, "by": case.opened_by} | given
    return operations.make(case=case, agency=given.pop("agency", None) or factories.agency(), **given)


def test_make_begins_a_draft_with_who_the_person_is(case):
    made = make(case)

    assert made.state == State.DRAFT
    assert made.content["person"] == {
        "area": "Liverpool",
        "contact": "07700 900123",
        "name": case.person.name,
        "number": case.person.number,
        "date_of_birth": "1985-04-03",
    }
    assert list(HandoverMove.objects.values_list("before", "after", "by")) == [("", "DRAFT", case.opened_by.pk)]
    assert steps.actions() == ["handover.made"]


def test_make_twice_with_one_nonce_makes_one(case):
    nonce = "8a3f6f0e-6b0e-4f2a-9a53-0d6f3f6f1c11"

    assert make(case, nonce=nonce) == make(case, nonce=nonce)
    assert Handover.objects.count() == 1


@pytest.mark.parametrize(
    ("consent", "protocol", "why_not"),
    [
        (None, {}, "The person has not been asked for consent."),
        ({"given": False}, {}, f"The person refused consent on {protocols._day(TODAY)}."),
        ({"withdrawn_at": timezone.now()}, {}, f"The person withdrew consent on {protocols._day(TODAY)}."),
        (
            {"asked_on": date(2024, 1, 1), "expires_on": date(2025, 1, 1)},
            {},
            "The person’s consent ran out on 1 January 2025.",
        ),
        ({}, None, "There is no protocol with this agency."),
        ({}, {"ended_on": date(2025, 1, 2)}, "The protocol with this agency was ended on 2 January 2025."),
        (
            {},
            {"starts_on": date(2100, 1, 1), "review_on": date(2101, 1, 1)},
            "The protocol with this agency starts on 1 January 2100.",
        ),
        (
            {},
            {"starts_on": date(2024, 1, 1), "review_on": date(2025, 1, 1)},
            "The protocol with this agency lapsed on 1 January 2025.",
        ),
        ({}, {}, ""),
    ],
)
@pytest.mark.django_db
def test_make_asks_consent_and_protocol(consent, protocol, why_not):
    case = factories.case(worker=factories.user())
    if consent is not None:
        factories.consent(case.person, **consent)
    if protocol is not None:
        factories.protocol(**protocol)

    assert [choice.why_not for choice in protocols.choices(case, agency=factories.agency())] == [why_not]
    if why_not:
        assert steps.refusal(make, case=case) == why_not
    else:
        assert make(case).state == State.DRAFT


def test_make_refuses_a_second_to_the_same_agency(case):
    make(case)

    assert steps.refusal(make, case=case) == "There is a handover to this agency already."


def test_make_refuses_a_closed_case(case):
    case.closed_on, case.close_reason = TODAY, "COMPLETED"

    assert steps.refusal(make, case=case) == "This case is closed. Open a new one before making a handover."


def test_make_refuses_somebody_who_died(case):
    steps.died(case)

    assert steps.refusal(make, case=case) == queries.DIED


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"alerts": []}, "A pack cannot say this: content: has no place for alerts."),
        ({"use": {"tolerance": 3}}, "A pack cannot say this: content.use.tolerance: is not text but int."),
        (
            {"appointment": {"agency": "X", "on": "2026-07-03"}, "no_appointment_because": "Y"},
            "Give an appointment or the reason why there is none, not both.",
        ),
    ],
)
def test_make_refuses_what_a_pack_cannot_say(case, content, words):
    assert steps.refusal(make, case=case, content=content) == words


def test_edit_changes_a_draft_and_raises_its_version(case):
    made = make(case)

    operations.edit(handover=made, release_on=TODAY, content={"overdose_risk": "Raised"}, version=1, by=case.opened_by)

    made.refresh_from_db()
    assert (made.release_on, made.content["overdose_risk"], made.version) == (TODAY, "Raised", 2)
    assert made.content["person"]["name"] == case.person.name
    assert "Somebody else changed this" in steps.refusal(
        operations.edit, handover=made, release_on=TODAY, content={}, version=1, by=case.opened_by
    )


@pytest.mark.parametrize("state", [state for state in State if state != State.DRAFT])
@pytest.mark.django_db
def test_edit_changes_nothing_but_a_draft(state):
    made = factories.handover(state=state, sent_at=timezone.now())

    words = steps.refusal(operations.edit, handover=made, release_on=TODAY, content={}, version=1, by=made.made_by)

    assert words == f"This handover is {state.label.lower()}, so it cannot be changed."


@pytest.mark.django_db
def test_ready_fixes_what_the_pack_says():
    made = steps.draft()
    factories.contact(made.case)

    pack = operations.ready(handover=made, by=made.made_by)

    made.refresh_from_db()
    assert (made.state, pack.state, pack.number) == (State.READY, Pack.State.WAITING, 1)
    assert pack.content["pack"]["number"] == f"LPI-{timezone.localtime().year}-{made.pk:04d}"
    assert pack.content["treatment"]["contacts"] == [
        {"kind": "Structured one-to-one", "count": 1, "last_on": "2026-10-14"}
    ]
    assert [consent["scope"] for consent in pack.content["consents"]] == [
        "Sharing with Liverpool DIP: Continuity of care"
    ]
    assert operations.ready(handover=made, by=made.made_by) == pack, "a double click makes one pack"
    assert Pack.objects.count() == 1


@pytest.mark.django_db
def test_a_pack_does_not_count_what_tells_how_somebody_was_held_or_watched():
    made, own = steps.draft(), {"name": "Mandatory drug test follow-up", "code": "OWN"}
    for kind in [*ContactType.objects.filter(code__in=["ACCT", "SEGREGATION"]), ContactType.objects.create(**own)]:
        factories.contact(made.case, type=kind)

    pack = operations.ready(handover=made, by=made.made_by)

    assert pack.content["treatment"]["contacts"] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"no_appointment_because": ""}, "Give an appointment, or the reason why there is none."),
        ({"naloxone": None}, "Answer whether naloxone was given."),
        ({"naloxone": {"answer": ""}}, "Answer whether naloxone was given."),
        ({"harm_reduction": None}, "Say which harm-reduction advice was given."),
        (
            {"overdose_risk": "Shared with b9876CD, and A1111AA."},
            (
                "“b9876CD” in the overdose risk is another person’s prison number. Take it out. "
                "“A1111AA” in the overdose risk is another person’s prison number. Take it out."
            ),
        ),
        (
            {"risks": [{"risk": "Fought", "detail": "with Z4321ZZ"}]},
            "“Z4321ZZ” in the risks is another person’s prison number. Take it out.",
        ),
    ],
)
@pytest.mark.django_db
def test_ready_refuses_what_is_unanswered_or_blocked(change, words):
    made = steps.draft({**contents.FULL, **change})

    assert steps.refusal(operations.ready, handover=made, by=made.made_by) == words
    assert Pack.objects.count() == 0
    made.refresh_from_db()
    assert made.state == State.DRAFT


@pytest.mark.django_db
def test_ready_lets_the_persons_own_numbers_stand():
    made = steps.draft()
    former = made.person.former_numbers.create(number="B9876CD", prison_ids=[made.prison_id], since=timezone.now())
    made.content["overdose_risk"] = f"{made.person.number}, once {former.number.lower()}"
    made.save()

    assert operations.ready(handover=made, by=made.made_by).state == Pack.State.WAITING


@pytest.mark.parametrize("operation", [operations.ready, operations.send])
@pytest.mark.django_db
def test_ready_and_send_ask_consent_protocol_and_death_again(operation):
    made = steps.draft()
    if operation is operations.send:
        steps.build(operations.ready(handover=made, by=made.made_by))
    made.consent.withdrawn_at = timezone.now()
    made.consent.save()
    made.agency.protocols.update(ended_on=TODAY)
    steps.died(made.case)

    assert steps.refusal(operation, handover=made, by=made.made_by) == (
        f"{queries.DIED} The person withdrew consent on {protocols._day(TODAY)}. "
        f"The protocol with this agency was ended on {protocols._day(TODAY)}."
    )


@pytest.mark.django_db
def test_send_waits_for_the_pack():
    made = steps.draft()
    pack = operations.ready(handover=made, by=made.made_by)
    assert steps.refusal(operations.send, handover=made, by=made.made_by) == operations.NOT_BUILT

    steps.build(pack)
    operations.send(handover=made, by=made.made_by)
    operations.send(handover=made, by=made.made_by)

    made.refresh_from_db()
    assert made.state == State.SENT
    assert made.sent_at is not None
    assert HandoverMove.objects.filter(after=State.SENT).count() == 1


@pytest.mark.django_db
def test_reopen_sets_the_pack_aside_and_the_next_one_has_a_new_number():
    made = steps.draft()
    first = steps.build(operations.ready(handover=made, by=made.made_by))

    operations.reopen(handover=made, by=made.made_by)
    second = operations.ready(handover=made, by=factories.user())

    first.refresh_from_db()
    assert (first.state, second.number, second.state) == (Pack.State.STALE, 2, Pack.State.WAITING)


@pytest.mark.django_db
def test_reopen_keeps_a_waiting_pack_from_being_built():
    made = steps.draft()
    pack = operations.ready(handover=made, by=made.made_by)

    operations.reopen(handover=made, by=made.made_by)

    assert steps.build(pack).state == Pack.State.STALE
    assert steps.actions()[-1] == "handover.reopened"


MOVERS = {
    State.DRAFT: lambda made, by: operations.reopen(handover=made, by=by),
    State.READY: lambda made, by: operations.ready(handover=made, by=by),
    State.SENT: lambda made, by: operations.send(handover=made, by=by),
    State.ACKNOWLEDGED: lambda made, by: operations.acknowledge(handover=made, by=by),
    State.QUERIED: lambda made, by: operations.query(handover=made, words="When?", by=by),
    State.REFUSED: lambda made, by: operations.refuse(handover=made, reason="OTHER_AREA", words="Goes to Leeds", by=by),
    State.OFFERED: lambda made, by: operations.offer(handover=made, on_at=SOON, where="High Street 1", by=by),
    State.KEPT: lambda made, by: operations.record_outcome(handover=made, outcome="KEPT", by=by),
    State.MISSED: lambda made, by: operations.record_outcome(handover=made, outcome="MISSED", by=by),
    State.CLOSED: lambda made, by: operations.close(handover=made, why="UNKNOWN", by=by),
    State.RECALLED: lambda made, by: operations.recall(handover=made, reason="Stays", by=by),
}
# Sent again is another operation than sent.
AGAIN = {
    (State.QUERIED, State.SENT): lambda made, by: operations.answer(handover=made, words="At ten", by=by),
    (State.REFUSED, State.SENT): lambda made, by: operations.send_back(handover=made, words="Has moved", by=by),
}
SOON = timezone.now() + timedelta(days=20)
GIVEN = {State.CLOSED: {"closed_why": "KEPT"}}


def standing(before):
    """A handover in a state, with what belongs to it: an appointment that is over, a pack."""
    made = factories.handover(state=before, content=contents.FULL, sent_at=timezone.now(), **GIVEN.get(before, {}))
    if before == State.OFFERED:
        made.appointments.create(
            prison=made.prison, agency=made.agency, at=timezone.now() - timedelta(days=1), where="High Street 1",
            offered_by=made.made_by, offered_at=timezone.now() - timedelta(days=9),
        )  # fmt: skip
    if before != State.DRAFT:
        factories.pack(made)
    return made


PAIRS = list(itertools.product(State, State))


@pytest.mark.parametrize(("before", "after"), [pair for pair in PAIRS if pair[1] not in Handover.MOVES[pair[0]]])
@pytest.mark.django_db
def test_moves_that_are_not_declared_are_refused_in_words(before, after):
    made = standing(before)

    with pytest.raises(ValidationError) as refused:
        MOVERS[after](made, factories.user())

    cannot = "no appointment can be offered" if after == State.OFFERED else f"it cannot be {operations.DONE[after]}"
    assert refused.value.messages == [f"This handover is {before.label.lower()}, so {cannot}."]
    made.refresh_from_db()
    assert (made.state, HandoverMove.objects.count()) == (before, 0)


@pytest.mark.parametrize(("before", "after"), [pair for pair in PAIRS if pair[1] in Handover.MOVES[pair[0]]])
@pytest.mark.django_db
def test_moves_that_are_declared_are_made_and_noted(before, after):
    made, by = standing(before), factories.user()

    AGAIN.get((before, after), MOVERS[after])(made, by)

    made.refresh_from_db()
    assert made.state == after
    assert list(HandoverMove.objects.values_list("before", "after", "by")) == [(before, after, by.pk)]


class Undone(Exception):
    pass


def moves_by_hand(made, after, user):
    """Whether the database lets ``user`` bring a handover to a state by a statement of his own; what he did is undone."""
    closed = ", closed_why = 'UNKNOWN'" if after == State.CLOSED and not user.is_partner else ""
    count = 0
    try:
        with context.acting(user), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE partners_handover SET state = %s {closed} WHERE id = %s", [after, made.pk])
            count = cursor.rowcount
            raise Undone
    except Undone:
        return count == 1
    except DatabaseError:
        return False


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER, Role.PARTNER])
@pytest.mark.parametrize("before", State)
@pytest.mark.django_db
def test_the_database_makes_the_declared_moves_of_each_side_and_no_other(before, role):
    made, user = standing(before), factories.user(role)

    done = {after for after in State if moves_by_hand(made, after, user)} - {before}

    declared = Handover.MOVES[before]
    if role == Role.PARTNER:
        declared = [
            after for after, side in declared.items() if side == Handover.Side.AGENCY and before in Handover.SHARED
        ]
    assert done == {*declared} - {before}


@pytest.mark.django_db
def test_an_agency_notes_no_move_that_it_did_not_make():
    made, partner = standing(State.SENT), factories.user(Role.PARTNER)
    note = {"handover": made, "prison": made.prison, "agency": made.agency, "by": partner, "at": timezone.now()}

    for after in [State.SENT, State.CLOSED, State.ACKNOWLEDGED]:
        with pytest.raises(Exception, match="was not made is not noted"), context.acting(partner), transaction.atomic():
            HandoverMove.objects.create(before="SENT", after=after, **note)


@pytest.mark.django_db
def test_an_appointment_is_rearranged_by_offering_another():
    made = standing(State.ACKNOWLEDGED)
    by, nonce = factories.user(), uuid4()

    for on_at, once in [(SOON, nonce), (SOON, nonce), (SOON + timedelta(days=2), None)]:
        operations.offer(handover=made, on_at=on_at, where="High Street 1", by=by, nonce=once)

    offered = list(made.appointments.order_by("pk").values_list("at", "outcome"))
    assert offered == [(SOON, "REARRANGED"), (SOON + timedelta(days=2), "")]
    with pytest.raises(ValidationError, match="still to come"):
        operations.record_outcome(handover=made, outcome="KEPT", by=by)
    with pytest.raises(ValidationError, match="This is over"):
        operations.offer(handover=made, on_at=timezone.now() - timedelta(hours=1), where="x", by=by)


@pytest.mark.django_db
def test_the_database_freezes_what_was_made_ready():
    made = factories.handover(state=State.READY)

    with pytest.raises(Exception, match="while it is a draft, or by an amendment"):
        Handover.objects.filter(pk=made.pk).update(content={"use": {"tolerance": "Another"}})


@pytest.mark.parametrize("change", [{"pdf": b"other"}, {"content": {}}, {"sha256": "0"}, {"number": 9}])
@pytest.mark.django_db
def test_the_database_freezes_a_built_pack(change):
    pack = factories.pack()

    with pytest.raises(Exception, match="never changes once it is built"):
        Pack.objects.filter(pk=pack.pk).update(**change)


@pytest.mark.django_db
def test_acknowledge_is_noted_with_who_and_when():
    made = factories.handover()
    pat = factories.user(Role.PARTNER, full_name="Pat Pretend")
    with context.acting(pat):
        operations.acknowledge(handover=made, by=pat, at=factories.at(hour=9))
        operations.acknowledge(handover=made, by=pat, at=factories.at(hour=9))

    assert HandoverMove.objects.count() == 1
    other = factories.user(Role.PARTNER)
    with context.acting(other):
        words = steps.refusal(operations.acknowledge, handover=made, by=other)
    assert words == "This handover was acknowledged by Pat Pretend at 09:00 on 14 October 2026."
    assert [move.who for move in queries.moves([made], made.made_by)] == ["Pat Pretend"]


@pytest.mark.django_db
def test_acknowledge_is_refused_once_it_is_shared_no_more():
    made = factories.handover()
    partner = factories.user(Role.PARTNER)
    made.consent.withdrawn_at = timezone.now()
    made.consent.save()

    with context.acting(partner):
        assert steps.refusal(operations.acknowledge, handover=made, by=partner) == operations.GONE


@pytest.mark.django_db
def test_query_then_acknowledge_keeps_the_words():
    made = factories.handover()
    partner = factories.user(Role.PARTNER)

    with context.acting(partner):
        operations.query(handover=made, words="Who meets him?", by=partner)
        operations.acknowledge(handover=made, by=partner)

    noted = HandoverMove.objects.values_list("after", "words")
    assert list(noted) == [("QUERIED", "Who meets him?"), ("ACKNOWLEDGED", "")]


@pytest.mark.django_db
def test_moves_name_by_their_place_whom_the_reader_may_not_know():
    made = factories.handover()
    altcourse = factories.prison("ACI", "Altcourse")
    elsewhere = factories.user(Role.PARTNER, prison=altcourse)
    operations.acknowledge(handover=made, by=elsewhere)

    with context.acting(made.made_by):
        assert [move.who for move in queries.moves([made], made.made_by)] == ["Liverpool DIP"]


# Two at once, each in a connection of his own.


@pytest.fixture
def committed(fresh_database):
    with context.acting(User.objects.system()):
        made = steps.draft()
        steps.build(operations.ready(handover=made, by=made.made_by))
    connection.close()
    return made


def noted(state):
    with context.acting(User.objects.system()):
        return HandoverMove.objects.filter(after=state).count()


def test_send_clicked_twice_at_once_makes_one_move(committed):
    user = committed.made_by

    assert steps.at_once(lambda by: operations.send(handover=committed, by=by), user, user) == [None, None]
    assert noted(State.SENT) == 1


def test_acknowledge_by_two_at_once_tells_the_second(committed):
    with context.acting(User.objects.system()):
        operations.send(handover=committed, by=committed.made_by)
        pair = [factories.user(Role.PARTNER), factories.user(Role.PARTNER)]

    told = steps.at_once(lambda by: operations.acknowledge(handover=committed, by=by), *pair)

    assert told[0] is None or told[1] is None
    assert sum("This handover was acknowledged by Worker" in str(answer) for answer in told) == 1
    assert noted(State.ACKNOWLEDGED) == 1
