from datetime import timedelta

import pytest
from django.utils import timezone

from casework import context, events
from casework.access import Role
from casework.models import Alert, CustodySpell, Mail, SubstanceUse
from casework.operations import case as cases
from casework.operations import custody
from partners.formats import pack as formats
from partners.models import Handover, ReleasePlan
from partners.operations import plans as operations
from partners.queries import plans as queries
from tests import factories
from tests.partners import contents, pages, steps

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def case():
    """A case of somebody who agreed to Liverpool DIP, with which there is a protocol."""
    case = factories.case(worker=factories.user())
    factories.protocol()
    factories.consent(case.person)
    return case


def write(case, **given):
    given = {"content": contents.FULL, "agency": factories.agency(), "by": case.opened_by, **given}
    return operations.write(case=case, **given)


def walk_free(case, end="RELEASED_COURT"):
    case.spell.ended_at, case.spell.end = timezone.now(), end
    case.spell.save()
    events.spells_ended.send(sender=CustodySpell, spells=[case.spell], by=case.opened_by, at=timezone.now())


def test_a_case_that_is_opened_has_a_release_plan_at_once():
    spell = factories.spell()

    case = cases.open(person=spell.person, spell=spell, opened_on=TODAY, by=factories.user())

    plan = ReleasePlan.objects.get()
    assert (plan.case, plan.person, plan.begun_by, plan.written_at) == (case, case.person, case.opened_by, None)
    assert operations.begin(case=case, by=case.opened_by) == plan
    assert steps.actions().count("release_plan.begun") == 1


def test_write_keeps_what_was_said_and_raises_the_version(case):
    plan = write(case)

    assert (plan.agency, plan.written_by, plan.version) == (factories.agency(), case.opened_by, 2)
    assert plan.content["overdose_risk"] == contents.FULL["overdose_risk"]
    assert write(case, version=1).version == 2, "a double click writes once"
    assert "Somebody else changed this" in steps.refusal(write, case=case, agency=None, version=1)
    assert write(case, agency=None, version=2).agency is None


def test_write_refuses_a_closed_case_and_what_a_pack_cannot_say(case):
    assert "has no place for alerts" in steps.refusal(write, case=case, content={"alerts": []})
    factories.end(case, closed_on=TODAY + timedelta(days=3650), close_reason="COMPLETED")
    assert "This case is closed" in steps.refusal(write, case=case)


# The minimum


def test_a_minimum_handover_can_be_printed_from_nothing_but_the_records():
    case = factories.case(worker=factories.user())

    minimum = queries.minimum(case, by=case.opened_by)

    assert formats.typeset(minimum.content, made_at=timezone.now()).startswith(b"%PDF")
    assert minimum.readable["overdose_risk"] == queries.CAUTION
    assert [one.field for one in minimum.missing] == [
        "agency", "appointment_on", "naloxone", "harm_reduction", "clinical",
    ]  # fmt: skip
    assert Handover.objects.count() == 0


def test_a_minimum_handover_says_what_the_records_know_where_the_plan_says_nothing(case):
    done = factories.assessment(case, "COMPREHENSIVE", done_on=case.opened_on)
    whose = {"assessment": done, "person": case.person, "prison": case.prison}
    how = {"route": "SMOKED", "before_custody": "DAILY", "now": "NOT_USED"}
    SubstanceUse.objects.create(rank=1, substance="HEROIN", **whose, **how)
    factories.goal(factories.plan(case), words="I want to stay off spice")
    Alert.objects.create(person=case.person, prison=case.prison, kind="M", code="MEP", from_at=timezone.now())
    Alert.objects.create(person=case.person, prison=case.prison, kind="X", code="XGANG", from_at=timezone.now())

    said = queries.said(case)

    assert [row["substance"] for row in said["use"]["substances"]] == ["Heroin"]
    assert said["risks"] == [{"risk": "Epileptic"}]
    assert said["treatment"]["goals"] == [{"goal": "I want to stay off spice", "progress": None}]
    write(case, content={**contents.FULL, "treatment": {"wants": "To stay well"}})
    said = queries.said(case)
    assert (said["risks"], said["use"]) == (contents.FULL["risks"], contents.FULL["use"])
    assert said["treatment"]["wants"] == "To stay well"
    assert said["treatment"]["goals"] == [{"goal": "I want to stay off spice", "progress": None}]


def test_a_minimum_handover_lacks_nothing_but_the_clinical_side_when_the_plan_is_written(case):
    write(case)

    minimum = queries.minimum(case, by=case.opened_by)

    assert [one.field for one in minimum.missing] == ["clinical"]
    assert minimum.content["recipient"]["agency"] == "Liverpool DIP"


# Somebody walks free


@pytest.mark.parametrize("end", ["RELEASED", "RELEASED_COURT"])
def test_somebody_who_walks_free_has_a_draft_at_once_and_nothing_is_sent(case, end):
    manager = factories.user(Role.MANAGER)
    write(case)

    walk_free(case, end)

    made = Handover.objects.get()
    assert (made.state, made.agency, made.release_on) == ("DRAFT", factories.agency(), TODAY)
    assert made.content["overdose_risk"] == contents.FULL["overdose_risk"]
    told = Mail.objects.values_list("user", "kind", "path", "person")
    path = f"/handovers/{made.pk}/"
    assert set(told) == {(user.pk, "HANDOVER_WANTED", path, made.person_id) for user in [case.opened_by, manager]}
    assert Mail.objects.filter(agency__isnull=False).count() == 0
    assert list(queries.left_unsent(manager)) == [made]


def test_a_departure_that_a_keyworker_confirms_makes_the_draft_as_well(case):
    case.spell.off_roll_on = TODAY
    case.spell.save()
    with context.acting(case.opened_by):
        custody.confirm_departure(
            spell_id=case.spell_id, meaning="RELEASED_COURT", on=TODAY, at=timezone.now(), by=case.opened_by
        )

    assert Handover.objects.get().state == "DRAFT"


@pytest.mark.parametrize("end", ["TRANSFERRED", "DIED", "RELEASED_HOSPITAL", "OTHER"])
def test_nobody_else_who_leaves_has_a_draft(case, end):
    walk_free(case, end)

    assert (Handover.objects.count(), Mail.objects.count()) == (0, 0)


def test_nothing_is_drafted_without_consent_without_a_choice_or_where_it_was_sent(case):
    other = factories.case(worker=factories.user())
    walk_free(other)
    assert Handover.objects.count() == 0
    path = f"/people/{other.person_id}/release/"
    assert list(Mail.objects.values_list("user", "kind", "path")) == [(other.opened_by.pk, "HANDOVER_WANTED", path)]

    for name in ["Wirral DIP", "Sefton DIP"]:
        factories.protocol(agency=factories.agency(name))
        factories.consent(other.person, agency=factories.agency(name))
    walk_free(other)
    assert Handover.objects.count() == 0

    sent = factories.handover(case)
    walk_free(case)
    assert list(Handover.objects.all()) == [sent]
    assert Mail.objects.count() == 1, "who was told already is told of no more, and nobody hears twice of one case"


def test_a_draft_that_is_there_is_told_of_and_no_second_is_made(case):
    there = factories.handover(case, state=Handover.State.DRAFT)

    walk_free(case)

    assert list(Handover.objects.all()) == [there]
    assert list(Mail.objects.values_list("user", flat=True)) == [case.opened_by.pk]


def test_a_plan_that_no_handover_can_say_does_not_stop_the_roll(case):
    write(case)
    ReleasePlan.objects.update(content={"alerts": []})

    walk_free(case)

    assert Handover.objects.count() == 0


# Who is out and told of to nobody


def test_left_without_says_why_no_handover_was_made():
    manager, wirral = factories.user(Role.MANAGER), factories.agency("Wirral DIP")
    unasked, unagreed, closed_to, undecided, free = (factories.case(worker=manager) for _ in range(5))
    factories.protocol()
    factories.consent(unagreed.person, given=False, asked_on=TODAY)
    factories.consent(closed_to.person, agency=wirral)
    factories.protocol(agency=factories.agency("Sefton DIP"))
    for name in ["Liverpool DIP", "Sefton DIP"]:
        factories.consent(undecided.person, agency=factories.agency(name))
    factories.consent(free.person)
    assert queries.left_without(manager) == []
    for minutes, case in enumerate([unasked, unagreed, closed_to, undecided, free]):
        factories.end(case.spell, ended_at=timezone.now() - timedelta(minutes=9 - minutes), end="RELEASED")

    found = {row.pk: row.why for row in queries.left_without(manager)}

    assert list(found.items()) == [
        (unasked.pk, "The person has not been asked for consent."),
        (unagreed.pk, f"The person refused consent on {TODAY.day} {TODAY:%B %Y}."),
        (closed_to.pk, "No protocol lets a handover pass to Wirral DIP."),
        (undecided.pk, "The release plan does not say to which agency: Liverpool DIP or Sefton DIP."),
        (free.pk, "Nothing stands in the way, and none was made."),
    ]
    assert [row.pk for row in queries.left_without(manager, person=free.person)] == [free.pk]


def test_left_without_leaves_out_who_has_a_handover_is_back_or_is_done_with(case):
    manager = factories.user(Role.MANAGER)
    factories.handover(case, state=Handover.State.DRAFT)
    back, done, moved = (factories.case(worker=manager) for _ in range(3))
    for one, end in [(case, "RELEASED"), (back, "RELEASED"), (done, "RELEASED_COURT"), (moved, "TRANSFERRED")]:
        factories.end(one.spell, ended_at=timezone.now(), end=end)
    factories.spell(back.person)
    factories.end(done, closed_on=TODAY, close_reason="COMPLETED")
    assert queries.left_without(manager) == []

    Handover.objects.update(state=Handover.State.RECALLED)
    assert [row.pk for row in queries.left_without(manager)] == [case.pk]


# Who is due out with something missing


def test_gaps_are_told_apart(case):
    manager = factories.user(Role.MANAGER)
    pages.due(case, 10)
    whole = factories.case(worker=factories.user())
    pages.due(whole, 5)
    write(whole)
    factories.handover(whole)

    assert [row.pk for row in queries.gaps(manager)] == [case.pk]
    (row,) = queries.gaps(manager, missing="plan")
    assert (row.planned, row.agreed, row.sent) == (False, True, False)
    assert [queries.gaps(manager, missing=name).count() for name in ["consent", "handover"]] == [0, 1]
