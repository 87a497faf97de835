from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from casework import context
from casework.access import Role
from casework.formats import movement
from casework.models import Allocation, Case, Consent, KeepApart, Location, Movement, User
from casework.operations import opening as openings
from interventions.models import AppointmentMove, Commitment, RegisterChange
from interventions.operations import enrolment as enrolments
from interventions.operations import peer, unit
from partners.models import Handover, HandoverMove
from partners.operations import outward
from referrals.operations import duty, offer, triage
from reporting.queries import timeline
from tests import factories
from tests.interventions import groups, programmes
from tests.partners import walks

pytestmark = pytest.mark.django_db
DAY = factories.DAY


@pytest.fixture
def keyworker():
    return factories.user(full_name="Kay Worker")


def titles(person, user):
    return [event.title for event in timeline.page(person, user).events]


def test_page_tells_everything_newest_first(keyworker):
    day = [DAY + timedelta(days=count) for count in range(12)]
    stay = factories.spell(received_on=day[0])
    Movement.objects.create(spell=stay, prison=stay.prison, kind="FIRST_RECEPTION", at=factories.at(day[0], 9))
    referral = factories.referral(spell=stay, received_on=day[1], made_at=factories.at(day[1]))
    factories.referral(spell=stay, received_on=day[2], made_at=factories.at(day[2]), repeat_of=referral)
    factories.triage(referral, done_on=day[3], recorded_at=factories.at(day[3]), substances="Heroin")
    case = factories.case(spell=stay, opened_on=day[4], opened_by=keyworker)
    held = Allocation.objects.create(
        case=case, prison=case.prison, worker=keyworker, from_at=factories.at(day[4]), made_by=keyworker
    )
    factories.contact(case, at=factories.at(day[5]), place="B wing")
    factories.contact(case, at=factories.at(day[6]), outcome="PERSON_ILL")
    first = factories.assessment(case, done_on=day[6])
    factories.assessment(case, done_on=day[6], supersedes=first, completed_at=factories.at(day[6], 16))
    factories.assessment(case, "COMPREHENSIVE")
    factories.score(case, "SDS", asked_on=day[6], recorded_at=factories.at(day[6], 17))
    factories.score(case, "PHQ_9", asked_on=day[6], recorded_at=factories.at(day[6], 18))
    factories.profile(case, done_on=day[6], recorded_at=factories.at(day[6], 19))
    consent = factories.consent(case.person, recorded_at=factories.at(day[7]))
    factories.consent(case.person, agency=factories.agency("Wirral DIP"), given=False, recorded_at=factories.at(day[7]))
    handover = factories.handover(case, consent=consent, made_at=factories.at(day[8]))
    for before, after, hour in [("", "DRAFT", 10), ("DRAFT", "READY", 11), ("SENT", "QUERIED", 12)]:
        HandoverMove.objects.create(
            handover=handover,
            prison=case.prison,
            agency=handover.agency,
            before=before,
            after=after,
            words="Which bus?" if after == "QUERIED" else "",
            by=keyworker,
            at=factories.at(day[8], hour),
        )
    Consent.objects.filter(pk=consent.pk).update(withdrawn_at=factories.at(day[9]), withdrawn_by=keyworker)
    Allocation.objects.filter(pk=held.pk).update(until_at=factories.at(day[10]))
    Case.objects.filter(pk=case.pk).update(closed_on=day[10], close_reason="RELEASED_COURT", closed_by=keyworker)

    assert titles(case.person, keyworker) == [
        "Case closed: left, released from court",
        "Consent withdrawn: Liverpool DIP, handover of care",
        "Handover to Liverpool DIP: queried",
        "Handover to Liverpool DIP: ready to send",
        "Handover begun: Liverpool DIP",
        "Clinical part of the handover to Liverpool DIP confirmed",
        "Consent refused: Wirral DIP, handover of care",
        "Consent given: Liverpool DIP, handover of care",
        "Outcomes profile: start",
        "PHQ-9: 0, minimal",
        "SDS about heroin: 0, below the threshold for heroin",
        "Triage assessment (corrected)",
        "Triage assessment completed",
        "Structured one-to-one: did not take place (person: ill)",
        "Structured one-to-one: 45 minutes, B wing",
        "Case allocated to Kay Worker",
        "Case opened",
        "Triage: Open a case, Heroin",
        "Referral: Self-referral (repeat)",
        "Referral: Self-referral",
        "Located in cell A-1-001",
        "Received into prison",
    ]


def test_page_tells_alerts_and_who_said_so(keyworker):
    person = factories.person()
    at = [factories.at(DAY + timedelta(days=days)) for days in range(5)]
    by_hand = {"source": "HAND", "said_by": "SO Sample", "recorded_by": keyworker}
    review = {"said_by": "Safer custody", "recorded_by": keyworker, "note": "Next week"}
    factories.alert(person, "HA", from_at=at[0], until_at=at[1], **review)
    factories.alert(person, "HA1", from_at=at[1], until_at=at[3])
    ended = {"until_at": at[4], "ended_by": keyworker, "end_said_by": "CM Sample", "end_why": "Reviewed"}
    factories.alert(person, "WWPAIR", from_at=at[2], note="Since Monday", **by_hand, **ended)
    factories.alert(person, "DOCGM", from_at=at[2], until_at=at[3])

    events = timeline.page(person, keyworker).events

    assert [(event.title, event.who, event.note) for event in events] == [
        ("No longer: See in pairs, as CM Sample said", "Kay Worker", "Reviewed"),
        ("No longer: ACCT post-closure", "", ""),
        ("Alert: See in pairs, as SO Sample said", "Kay Worker", "Since Monday"),
        ("ACCT in post-closure", "", ""),
        ("ACCT opened", "", ""),
    ]


def test_page_tells_how_it_went_on_the_unit_and_as_a_peer_supporter(keyworker):
    day = [DAY + timedelta(days=count) for count in range(8)]
    with time_machine.travel(factories.at(day[7], 12)):
        stay = factories.unit_stay(asked_on=day[0], made_at=factories.at(day[0]))
        by = {"by": keyworker}
        unit.join(
            stay=stay, joined_on=day[1], terms=factories.compact(), signed_on=day[1], review_due=day[2], **by
        )  # fmt: skip
        unit.review(stay=stay, on=day[2], agreed="Stays", next_on=day[6], **by)
        unit.breach(stay=stay, on=day[3], what="DRUGS", response="WARNING", note="Hooch", **by)
        unit.leave(stay=stay, left_on=day[4], left_why="OWN_WISH", left_note="Work", **by)
        other = factories.unit_stay(stay.person, asked_on=day[5], made_at=factories.at(day[5]))
        unit.leave(stay=other, left_on=day[5], left_why="TURNED_DOWN", **by)
        given = {"person": stay.person, "proposed_on": day[6], "supervised_by": keyworker, **by}
        supporter = peer.put_forward(**given)
        peer.clear(peer=supporter, on=day[6], said_by="SO Sample", **by)
        peer.train(peer=supporter, on=day[6], **by)
        peer.begin(peer=supporter, on=day[6], wings=[], supervision_due=day[7], **by)
        peer.supervise(peer=supporter, on=day[7], note="Goes well", next_on=day[7] + timedelta(days=9), **by)

    events = timeline.page(stay.person, keyworker).events

    assert [(event.title, event.note) for event in events[:-1]] == [
        ("Supervised as a peer supporter", "Goes well"),
        ("Began as a peer supporter", ""),
        ("Trained as a peer supporter", ""),
        ("Cleared by security as a peer supporter, as SO Sample said", ""),
        ("Put forward as a peer supporter", ""),
        ("No longer waits for a place on the drug-free unit: not suitable", ""),
        ("Asked for a place on the drug-free unit: D wing", ""),
        ("Left the drug-free unit: own wish", "Work"),
        ("Breach of the compact, no charge: drugs or alcohol found, written warning", "Hooch"),
        ("Reviewed on the drug-free unit", "Stays"),
        ("Signed the compact of the drug-free unit, version 2026-1", ""),
        ("Came to live on the drug-free unit: D wing", ""),
        ("Asked for a place on the drug-free unit: D wing", ""),
    ]


def test_page_says_nothing_of_who_is_kept_apart(keyworker):
    one, other = factories.person(), factories.person()
    KeepApart.objects.create(
        person=one, other=other, prison=factories.prison(), scope="ROOM", reason="THREAT", said_by="SO Sample",
        from_on=DAY, recorded_by=keyworker, recorded_at=factories.at(),
    )  # fmt: skip

    assert titles(one, keyworker) == titles(other, keyworker) == []


def test_page_tells_how_a_case_went(keyworker):
    day = [DAY + timedelta(days=count) for count in range(12)]
    case = factories.case(opened_on=day[0], opened_by=keyworker)
    factories.strand(case, kind="PSYCHOSOCIAL", started_on=day[0], ended_on=day[11], end_why="The case closed")
    strand = factories.strand(
        case,
        kind="DETOX",
        started_on=day[1],
        recorded_at=factories.at(day[1]),
        ended_on=day[9],
        end_said_by="Nurse B",
        ended_by=keyworker,
    )
    factories.joint_review(
        strand, done_on=day[5], recorded_at=factories.at(day[5]), clinician="Nurse B", summary="Stable"
    )
    beside = factories.user(full_name="Bo Side")
    joined, left = factories.at(day[2]), factories.at(day[4])
    factories.co_worker(case, worker=beside, from_at=joined, until_at=left, ended_by=keyworker)
    made_at = factories.at(day[6])
    factories.suspension(
        case, reason="COURT", from_on=day[6], until_on=day[8], note="Trial", made_at=made_at, ended_by=keyworker
    )
    factories.end(case, closing_from=day[10], closing_why="The plan is done", closing_by=keyworker)

    events = timeline.page(case.person, keyworker).events

    assert [(event.title, event.note) for event in events[:-1]] == [
        ("Closing of the case begun", "The plan is done"),
        ("Strand ended: Clinical: detox (said by Nurse B)", ""),
        ("Case resumed", ""),
        ("Case suspended: at court", "Trial"),
        ("Joint review with Nurse B: Clinical: detox", "Stable"),
        ("Bo Side is no longer co-worker", ""),
        ("Bo Side joined as co-worker", ""),
        ("Strand started: Clinical: detox (said by Nurse A. Sample, IDTS)", ""),
        ("Case opened", ""),
    ]
    assert {event.who for event in events[:-1]} == {"Kay Worker"}


def test_page_says_a_change_of_cell_once(keyworker):
    stay = factories.spell(received_on=DAY)
    place = stay.locations.get()
    Movement.objects.create(spell=stay, prison=stay.prison, kind="CELL_MOVE", at=place.from_at, detail="A-1-001")
    back = factories.at(DAY, 17)
    Location.objects.filter(pk=place.pk).update(until_at=back)
    Location.objects.create(spell=stay, prison=stay.prison, cell="B-2-002", cell_key="B-0002-0002", from_at=back)
    Movement.objects.create(spell=stay, prison=stay.prison, kind="RETURN_FROM_COURT", at=back, detail="B-2-002")

    events = timeline.page(stay.person, keyworker).events
    assert [(event.title, event.note) for event in events] == [
        ("Back from court", "B-2-002"),
        ("Located in cell A-1-001", ""),
    ]


def test_page_puts_what_is_known_by_the_day_where_it_was_recorded_or_at_its_end(keyworker):
    stay = factories.spell(received_on=DAY - timedelta(days=1))
    factories.referral(spell=stay, received_on=DAY, made_at=factories.at(DAY, 9))
    late = factories.referral(
        spell=stay, received_on=DAY, made_at=factories.at(DAY + timedelta(days=5)), triaged_at=factories.at()
    )

    moments = {event.pk: event.moment for event in timeline.page(stay.person, keyworker).events if event.who}
    assert set(moments.values()) == {
        factories.at(DAY, 9),
        datetime(2026, 10, 14, 22, 59, 59, 999999, tzinfo=UTC),
    }
    assert moments[late.pk].day == 14


def test_page_goes_on_by_key_through_events_of_one_moment(keyworker):
    case = factories.case(worker=keyworker, opened_on=date(2026, 10, 14))
    for _ in range(7):
        factories.contact(case)
    whole = [event.key for event in timeline.page(case.person, keyworker).events]

    found, after = [], ""
    while after is not None:
        page = timeline.page(case.person, keyworker, after, size=2)
        found += [event.key for event in page.events]
        after = page.after
    assert found == whole
    assert len(whole) == 10


@pytest.mark.parametrize("after", ["", "x", "1-2", "1-2-3-4", "99999999999999999999-1-1", "--"])
def test_page_begins_at_the_beginning_where_the_address_says_nothing(keyworker, after):
    case = factories.case(worker=keyworker)

    assert len(timeline.page(case.person, keyworker, after).events) == 3


@pytest.mark.parametrize("count", [1, 3, 300])
def test_page_is_one_query_however_much_there_is(keyworker, count, django_assert_num_queries):
    case = factories.case(worker=keyworker)
    for _ in range(count):
        factories.contact(case)

    with django_assert_num_queries(1):
        page = timeline.page(case.person, keyworker)
    assert len(page.events) == min(count + 3, 25)
    assert (page.after is None) == (count < 300)


def test_page_keeps_to_the_prison_of_the_user(keyworker):
    case = factories.case(worker=keyworker)
    altcourse = factories.prison("ACI", "Altcourse (HMP)")
    there = factories.spell(case.person, prison=altcourse)
    factories.referral(spell=there, made_by=factories.user(prison=altcourse))

    assert "Referral: Self-referral" not in titles(case.person, keyworker)
    assert titles(case.person, factories.user(prison=altcourse)) == [
        "Referral: Self-referral",
        "Located in cell A-1-001",
    ]


def test_page_keeps_what_was_done_by_somebody_whose_account_is_hidden(keyworker):
    stay, leaver = factories.spell(), factories.user()
    factories.referral(spell=stay, made_by=leaver)
    factories.referral(spell=stay, made_by=User.objects.system(), triaged_at=factories.at())
    User.objects.filter(pk=leaver.pk).update(prison=factories.prison("ACI", "Altcourse (HMP)"))

    with context.acting(keyworker):
        events = timeline.page(stay.person, keyworker).events
    assert [(event.title, event.who) for event in events] == [
        ("Referral: Self-referral", "Wingwalk"),
        ("Referral: Self-referral", ""),
        ("Located in cell A-1-001", ""),
    ]


def test_page_cuts_long_notes_and_event_has_the_whole(keyworker):
    note = "word " * 200
    case = factories.case(worker=keyworker)
    contact = factories.contact(case, note=note)
    short = factories.contact(case, note="word " * 10)

    events = {event.pk: event for event in timeline.page(case.person, keyworker).events if event.kind.name == "session"}
    assert events[contact.pk].note == "word " * 79 + "…"
    assert (events[contact.pk].cut, events[short.pk].cut) == (True, False)
    assert timeline.event(case.person, keyworker, "session", contact.pk).note == note


def test_event_is_found_only_with_its_own_person(keyworker):
    contact, other = factories.contact(), factories.case(worker=keyworker)

    assert timeline.event(other.person, keyworker, "session", contact.pk) is None
    assert timeline.event(contact.person, keyworker, "nonsense", contact.pk) is None


def test_event_shows_a_state_it_knows_in_words():
    by_name = {kind.name: kind for kind in timeline.KINDS}
    assert set(movement.TOLD.values()) >= {"Received into prison", "Released", "Died"}
    assert by_name["movement"].title("SOMETHING_NEW", "") == "Something new"
    assert Handover.State.SENT.label.lower() in by_name["handover-move"].title("SENT", "Liverpool DIP")


def test_page_tells_what_duty_did(keyworker):
    stay = factories.spell(received_on=DAY)
    asked = factories.referral(spell=stay, received_on=DAY, made_at=factories.at(DAY, 9))
    with time_machine.travel(factories.at(DAY, 10)):
        duty.claim(referral=asked, by=keyworker)
        duty.attempt(referral=asked, outcome="LOCKED", on=DAY, note="Staff short", by=keyworker)
    with time_machine.travel(factories.at(DAY, 11)):
        duty.hold(referral=asked, reason="COURT", until_on=DAY + timedelta(days=2), by=keyworker)
    with time_machine.travel(factories.at(DAY, 12)):
        duty.resume(referral=asked, by=keyworker)
        triage.record(referral=asked, outcome="DECLINED", needs="Not now", done_on=DAY, by=keyworker)
    with time_machine.travel(factories.at(DAY + timedelta(days=28))):
        declined = stay.person.triages.get()
        offer.answer(triage=declined, answer="NEVER", asked_on=DAY + timedelta(days=28), by=keyworker)

    found = titles(stay.person, keyworker)

    assert found[:-1] == [
        "Offered again: does not want to be asked again",
        "Triage: Person declined",
        "Referral off hold",
        "Referral on hold until 16 October 2026: at court",
        "Duty went to see: not unlocked",
        "Referral taken by duty",
        "Located in cell A-1-001",
    ]


def test_page_tells_plans_notes_and_files(keyworker):
    case = factories.case(opened_on=DAY - timedelta(days=90))
    first = factories.plan(case, begun_on=DAY - timedelta(days=80), agreed_on=DAY - timedelta(days=80), ended_on=DAY)
    factories.goal(first, outcome="MOSTLY", outcome_on=DAY - timedelta(days=2), outcome_by=keyworker)
    factories.goal(first, outcome="ACHIEVED", outcome_on=DAY, removed_at=factories.at())
    factories.plan(case, begun_on=DAY - timedelta(days=1), agreed_on=DAY, reviewed="It went well.")
    factories.plan(case, number=7, begun_on=DAY, agreed_on=None, ended_on=DAY)
    later = {"added_at": factories.at(hour=8), "withdrawn_at": factories.at(hour=9), "withdrawn_by": keyworker}
    factories.attachment(case.person, **later, withdrawn_why="Twice")
    note = factories.note(case.person, written_at=factories.at(hour=10))
    factories.note(case.person, "It was Monday.", amends=note, written_at=factories.at(hour=11))

    assert titles(case.person, keyworker)[:7] == [
        "Recovery plan agreed: version 2",
        "Note added to",
        "Note",
        "File withdrawn: Letter from probation",
        "File: Letter from probation (letter or report)",
        "Recovery plan reviewed: version 2 begun",
        "Goal: mostly achieved",
    ]


@pytest.mark.parametrize(("role", "seen"), [(Role.MANAGER, ["Record opened outside own work"]), (Role.KEYWORKER, [])])
def test_page_tells_openings_outside_own_work_to_those_who_answer_for_them(keyworker, role, seen):
    reader, person = factories.user(role), factories.person()
    opening = openings.give_reason(person=person, reason="He rang from court", by=keyworker)

    events = timeline.page(person, reader).events

    assert [event.title for event in events] == seen
    assert {(event.who, event.note) for event in events} <= {("Kay Worker", "He rang from court")}
    assert (timeline.event(person, reader, "record-opened", opening.pk) is not None) == bool(seen)


@pytest.mark.parametrize(
    ("role", "duties", "seen"),
    [
        (Role.KEYWORKER, [], ["Note"]),
        (Role.KEYWORKER, ["CLINICAL"], ["Note (clinical colleagues)", "Note"]),
        (Role.MANAGER, [], ["Note (managers)", "Note (clinical colleagues)", "Note"]),
    ],
)
def test_page_tells_notes_of_the_levels_that_one_may_read(role, duties, seen):
    """In the query: tests run as the system, whom row security shows every level."""
    reader, person = factories.user(role, duties=duties), factories.person()
    notes = [factories.note(person, level=level) for level in ["TEAM", "CLINICAL", "MANAGER"]]

    assert titles(person, reader) == seen
    found = [timeline.event(person, reader, "note", note.pk) for note in notes]
    assert sum(event is not None for event in found) == len(seen)


def test_page_tells_what_was_changed_in_a_register(keyworker):
    case = factories.case(spell=factories.spell(), worker=keyworker)
    session = factories.group_session(worker=keyworker)
    seat = factories.seat(session, case.person, contact=factories.contact(case))
    for before, after, hour in [("PERSON_ILL", "LATE", 12), ("LATE", "LATE", 13)]:
        RegisterChange.objects.create(
            seat=seat, person=case.person, prison=case.prison, before=before, after=after, by=keyworker, at=factories.at(hour=hour)
        )  # fmt: skip

    assert titles(case.person, keyworker)[:2] == [
        "Register of Triggers and cravings: the line changed",
        "Register of Triggers and cravings changed: person: ill → came late",
    ]


def test_page_tells_where_somebody_is_expected_and_no_longer(keyworker):
    session = groups.session(made_by=keyworker)
    taken = groups.session(DAY + timedelta(days=2), name="SMART", made_by=keyworker)
    person = groups.held()
    groups.seat(session, person, added_at=factories.at(hour=12), despite="By video link")
    off = {"removed_at": factories.at(hour=14), "removed_by": keyworker, "removed_why": "Works then"}
    groups.seat(taken, person, added_at=factories.at(hour=13), **off)

    events = timeline.page(person, keyworker).events

    assert [(event.title, event.who, event.note) for event in events[:3]] == [
        ("No longer expected at SMART, 16 October 2026, 13:30", "Kay Worker", "Works then"),
        ("Expected at SMART, 16 October 2026, 13:30", "Kay Worker", ""),
        ("Expected at Recovery group, 15 October 2026, 13:30", "Kay Worker", "By video link"),
    ]


def test_page_tells_the_steps_of_a_programme(keyworker):
    row = programmes.enrolment(factories.case(worker=keyworker), state="ACTIVE", proposed_by=keyworker)
    enrolments.stop(enrolment=row, reason="5D", note="Three in a row", by=keyworker)

    told = [event for event in timeline.page(row.person, keyworker).events if event.kind.name == "programme"]

    with_reason = "Triggers and cravings: not completed, missed too many sessions"
    assert {(event.title, event.who, event.note) for event in told} == {
        ("Triggers and cravings: proposed", "Kay Worker", ""),
        ("Triggers and cravings: waiting", "Kay Worker", ""),
        ("Triggers and cravings: has a place", "Kay Worker", ""),
        ("Triggers and cravings: attending", "Kay Worker", ""),
        (with_reason, "Kay Worker", "Three in a row"),
    }


def test_page_tells_what_was_moved_and_what_else_stood_in_the_day(keyworker):
    case = factories.case(worker=keyworker)
    planned, by = factories.appointment(case), {"person": case.person, "prison": case.prison}
    before = {"before_at": factories.at(hour=9), "before_minutes": 45, "before_worker": keyworker}
    AppointmentMove.objects.create(
        appointment=planned, why="Locked down", by=keyworker, at=factories.at(hour=20), **before, **by
    )
    hours = {"starts_at": factories.at(hour=13), "ends_at": factories.at(hour=15)}
    heard = {"said_by": "List", "recorded_by": keyworker, "recorded_at": factories.at(hour=21)}
    taken_back = {"withdrawn_at": factories.at(hour=22), "withdrawn_by": keyworker}
    Commitment.objects.create(kind="VISIT", **hours, **heard, **taken_back, **by)

    assert titles(case.person, keyworker)[:3] == [
        "Visit taken back: 14 October 2026, 13:00",
        "Visit noted: 14 October 2026, 13:00",
        "Session moved: Structured one-to-one, was 14 October 2026, 09:00",
    ]


def test_page_tells_of_wing_visits_and_of_referrals_to_agencies(keyworker):
    with time_machine.travel(factories.at(DAY, 9), tick=False):
        referral = walks.refer(by=keyworker)
        visitor = walks.holder(name="Val Visitor", user=None)
        walks.write(visitor, walks.row(referral.person.number, note="Spoke", person=referral.person), by=keyworker)
    with time_machine.travel(factories.at(DAY, 10), tick=False):
        outward.answer(referral=referral, accepted=False, words="Other area", by=keyworker)

    events = timeline.page(referral.person, keyworker).events
    assert [
        (event.title, event.who, event.note)
        for event in events
        if event.kind.name in {"visit", "outward", "outward-answer"}
    ] == [
        ("Referral to Liverpool DIP: refused", keyworker.full_name, "Other area"),
        ("Referred to Liverpool DIP", keyworker.full_name, "Wants a worker before he goes out"),
        ("Wing visit of Liverpool DIP: advice", "Val Visitor", "Spoke"),
    ]
