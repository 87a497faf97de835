from datetime import timedelta

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils import timezone

from casework.models import (
    Acknowledgement,
    Alert,
    Allocation,
    AuditEntry,
    Case,
    Consent,
    CoWorker,
    CustodySpell,
    FormerNumber,
    KeepApart,
    LegalStatus,
    Location,
    Note,
    Person,
    PersonMerge,
    Restriction,
    Strand,
    SubstanceUse,
    Suspension,
)
from casework.operations import person
from interventions.models import Contact
from interventions.receivers import NOUNS
from partners.models import Handover
from referrals.models import Referral, Triage
from tests import factories

pytestmark = pytest.mark.django_db
INTERVENTIONS = [noun.__name__.rpartition(".")[2] for noun in NOUNS]
# As the trail calls what passes through the gate.
GATE = ["handover", "release_plan", "aftercare", "meeting", "notice", "outward", "visit"]
OURS = {"casework", "referrals", "interventions", "partners"}


@pytest.fixture
def removed():
    return factories.person(number="A0001BA", surname="Tester")


@pytest.fixture
def kept():
    return factories.person(number="A0002BA", surname="Tester")


def merge(removed, kept):
    person.merge(removed=removed, kept=kept, at=factories.at(), by=factories.user())
    removed.refresh_from_db()
    kept.refresh_from_db()


def test_merge_lets_both_numbers_find_the_person(removed, kept):
    other = factories.prison("ACI", "Altcourse (HMP)")
    Person.objects.filter(pk=removed.pk).update(prison_ids=[other.pk])
    FormerNumber.objects.create(number="A0009BA", person=removed, prison_ids=[other.pk], since=factories.at())

    merge(removed, kept)

    scope = [factories.prison().pk, other.pk]
    assert (removed.merged_into, kept.prison_ids, kept.version) == (kept, scope, 2)
    assert list(FormerNumber.objects.order_by("number").values_list("number", "person", "prison_ids")) == [
        ("A0001BA", kept.pk, scope),
        ("A0009BA", kept.pk, scope),
    ]
    assert list(Person.objects.visible_to(factories.user())) == [kept]


def test_merge_moves_everything_live(removed, kept):
    spell = factories.spell(removed)
    referral = factories.referral(spell=spell)
    triage = factories.triage(referral)
    case = factories.case(spell=spell, worker=factories.user())
    contact = factories.contact(case)
    consent = factories.consent(removed)
    handover = factories.handover(case, consent=consent)
    alert = Alert.objects.create(person=removed, prison=spell.prison, kind="H", code="HA", from_at=factories.at())

    merge(removed, kept)

    rows = [spell, referral, triage, case, contact, consent, handover, alert]
    for row in rows:
        row.refresh_from_db()
    assert {type(row).__name__: row.person for row in rows} == {type(row).__name__: kept for row in rows}
    assert (spell.ended_at, case.closed_on, consent.withdrawn_at) == (None, None, None)
    models = [CustodySpell, Referral, Triage, Case, Contact, Consent, Handover, Alert]
    assert [model.__name__ for model in models if model.objects.filter(person=removed).exists()] == []


def test_merge_moves_what_was_asked_and_answered(removed, kept):
    case = factories.case(spell=factories.spell(removed), worker=factories.user())
    done = factories.assessment(case, done_on=factories.DAY)
    use = SubstanceUse.objects.create(
        assessment=done, person=removed, prison=case.prison, rank=1, substance="HEROIN",
        route="SMOKED", before_custody="DAILY", now="DAILY",
    )  # fmt: skip
    rows = [done, use, factories.score(case), factories.profile(case)]

    merge(removed, kept)

    for row in rows:
        row.refresh_from_db()
    assert [row.person for row in rows] == [kept] * 4


def test_merge_lets_what_is_unfinished_go_on_in_the_case_that_is_open(removed, kept):
    worker = factories.user()
    younger = factories.case(spell=factories.spell(removed), worker=worker)
    older = factories.case(spell=factories.spell(kept), worker=worker, opened_on=factories.DAY - timedelta(days=5))
    triage = factories.assessment(younger)
    beside = factories.assessment(younger, "COMPREHENSIVE")
    theirs = factories.assessment(older, "COMPREHENSIVE")

    merge(removed, kept)

    rows = [triage, beside, theirs]
    for row in rows:
        row.refresh_from_db()
    assert [(row.person, row.case) for row in rows] == [(kept, older), (kept, younger), (kept, older)]


def test_merge_leaves_the_trail_as_it_was(removed, kept):
    factories.spell(removed)
    before = list(AuditEntry.objects.filter(person_id=removed.pk).values_list("pk", flat=True))

    merge(removed, kept)

    assert list(AuditEntry.objects.filter(pk__in=before, person_id=removed.pk).values_list("pk", flat=True)) == before
    done = AuditEntry.objects.filter(kind="OPERATION").order_by("pk").values_list("action", "person_id")
    assert list(done) == [
        ("person.merged", kept.pk),
        ("referral.moved", kept.pk),
        *((f"{noun}.moved", kept.pk) for noun in [*INTERVENTIONS, *GATE[:-1]]),
        ("visit.lines_moved", kept.pk),
    ]


def test_merge_goes_on_with_the_spell_of_the_number_that_is_kept(removed, kept):
    closed, goes_on = factories.spell(removed), factories.spell(kept)

    merge(removed, kept)

    closed.refresh_from_db()
    assert (closed.person, closed.end, closed.ended_at) == (kept, "MERGED", factories.at())
    assert CustodySpell.objects.current().get() == goes_on
    assert Location.objects.get(until_at=None).spell == goes_on


def test_merge_closes_the_younger_of_two_open_cases(removed, kept):
    older = factories.case(removed, worker=factories.user(), opened_on=factories.DAY - timedelta(days=9))
    goes_on = factories.spell(kept)
    younger = factories.case(kept, worker=factories.user(), spell=goes_on)

    merge(removed, kept)

    older.refresh_from_db()
    younger.refresh_from_db()
    assert (younger.closed_on, younger.close_reason) == (factories.DAY, "MERGED")
    assert (older.person, older.closed_on, older.spell) == (kept, None, goes_on)
    assert Allocation.objects.get(until_at=None).case == older


def test_merge_keeps_an_open_case_in_each_prison(removed, kept):
    factories.case(removed)
    factories.case(spell=factories.spell(kept, prison=factories.prison("ACI", "Altcourse (HMP)")))

    merge(removed, kept)

    assert Case.objects.open().filter(person=kept).count() == 2


def test_merge_lets_the_later_of_two_waiting_referrals_repeat_the_first(removed, kept):
    first = factories.referral(removed, received_on=factories.DAY - timedelta(days=3))
    goes_on = factories.spell(kept)
    later = factories.referral(spell=goes_on)
    repeat = factories.referral(spell=goes_on, repeat_of=later)

    merge(removed, kept)

    for referral in (first, later, repeat):
        referral.refresh_from_db()
    assert (first.person, first.repeat_of, first.spell) == (kept, None, goes_on)
    assert (later.repeat_of, repeat.repeat_of) == (first, first)


def test_merge_keeps_an_alert_open_once(removed, kept):
    prison = factories.prison()
    for owner in (removed, kept):
        Alert.objects.create(person=owner, prison=prison, kind="H", code="HA", from_at=factories.at())

    merge(removed, kept)

    assert Alert.objects.filter(person=kept).count() == 2
    assert Alert.objects.filter(until_at=None).count() == 1


def test_merge_keeps_what_staff_noted_and_the_most_watchful_state_of_an_acct(removed, kept):
    by_hand = {"source": "HAND", "said_by": "Safer custody", "recorded_by": factories.user()}
    for owner, code, given in [
        (removed, "TM", by_hand), (kept, "TM", {}), (removed, "HA", {}), (kept, "HA1", by_hand), (removed, "MAS", {}),
    ]:  # fmt: skip
        factories.alert(owner, code, **given)

    merge(removed, kept)

    rows = Alert.objects.open().filter(person=kept).order_by("code").values_list("code", "source")
    assert list(rows) == [("HA", "ROLL"), ("MAS", "ROLL"), ("TM", "HAND")]
    assert Alert.objects.filter(person=kept).count() == 5


def keep_apart(one, other):
    first, second = sorted([one, other], key=lambda person: person.pk)
    by = factories.user()
    return KeepApart.objects.create(
        person=first, other=second, prison=factories.prison(), scope="ROOM", reason="THREAT", said_by="SO Sample",
        from_on=factories.DAY, recorded_by=by, recorded_at=factories.at(),
    )  # fmt: skip


def test_merge_moves_keep_aparts_once_and_ends_that_of_the_two_with_each_other(removed, kept):
    third, fourth = factories.person(), factories.person()
    pairs = [
        keep_apart(removed, third),
        keep_apart(kept, third),
        keep_apart(removed, fourth),
        keep_apart(removed, kept),
    ]

    merge(removed, kept)

    for pair in pairs:
        pair.refresh_from_db()
    assert [pair.ended_on is None for pair in pairs] == [False, True, True, False]
    assert [{pair.person, pair.other} for pair in pairs] == [
        {kept, third},
        {kept, third},
        {kept, fourth},
        {removed, kept},
    ]


def test_merge_moves_acknowledgements(removed, kept):
    worker = factories.user()
    Acknowledgement.objects.create(
        user=worker, person=removed, prison=factories.prison(), kind="movement", key=1, at=factories.at()
    )

    merge(removed, kept)

    assert Acknowledgement.objects.get().person == kept


def consent(of, days, **given):
    return factories.consent(of, recorded_at=timezone.now() - timedelta(days=days), **given)


def test_merge_keeps_the_latest_consent_for_an_agency(removed, kept):
    older, newer = consent(kept, 5), consent(removed, 1)

    merge(removed, kept)

    older.refresh_from_db()
    newer.refresh_from_db()
    assert (older.withdrawn_at, newer.withdrawn_at) == (factories.at(), None)


def test_merge_takes_a_later_no_under_either_number_for_a_no(removed, kept):
    yes = consent(kept, 5)
    consent(removed, 1, given=False)

    merge(removed, kept)

    yes.refresh_from_db()
    assert yes.withdrawn_at == factories.at()


def test_merge_takes_a_later_withdrawal_under_either_number_for_a_no(removed, kept):
    yes = consent(kept, 5)
    consent(removed, 9, withdrawn_at=timezone.now())

    merge(removed, kept)

    yes.refresh_from_db()
    assert yes.withdrawn_at == factories.at()


def test_merge_refuses_what_is_one_already(removed, kept):
    merge(removed, kept)

    with pytest.raises(ValidationError, match="one already"):
        merge(removed, kept)


# Undoing


def merged(removed, kept):
    merge(removed, kept)
    return PersonMerge.objects.get(removed=removed)


def unmerge(row):
    person.unmerge(asked=row, at=factories.at(hour=12), by=factories.user())


def everything():
    """Every row that belongs to somebody, as it stands."""
    models = [model for model in apps.get_models() if model._meta.app_label in OURS and model is not AuditEntry]
    models = [model for model in models if any(f.name in {"person", "spell", "case"} for f in model._meta.fields)]
    rows = {(model.__name__, row["id"]): row for model in models for row in model.objects.values()}
    return {key: row for key, row in rows.items() if key[0] != "FormerNumber"}


def full(of, prison_day=factories.DAY):
    """Somebody with a row of everything that a merge has a rule for."""
    spell = factories.spell(of)
    LegalStatus.objects.create(spell=spell, prison=spell.prison, status="REMAND", from_at=factories.at())
    case = factories.case(spell=spell, worker=factories.user(), opened_on=prison_day)
    worker = factories.user()
    given = {"person": of, "prison": spell.prison}
    CoWorker.objects.create(case=case, worker=worker, from_at=factories.at(), made_by=worker, **given)
    Suspension.objects.create(
        case=case, reason="COURT", from_on=prison_day, made_by=worker, made_at=factories.at(), **given
    )
    said = {"said_by": "Nurse", "said_on": prison_day, "recorded_by": worker, "recorded_at": factories.at()}
    Strand.objects.create(case=case, kind="DETOX", started_on=prison_day, **said, **given)
    Alert.objects.create(kind="H", code="HA", from_at=factories.at(), **given)
    factories.consent(of)
    Restriction.objects.create(number=of.number, kind="OTHER", made_at=factories.at(), made_by=worker, **given)
    other = factories.person(number=f"B{of.number[1:]}")
    first, second = sorted([of, other], key=lambda each: each.pk)
    given["person"] = first
    KeepApart.objects.create(
        other=second,
        scope="CELL",
        reason="OTHER",
        said_by="Wing",
        from_on=prison_day,
        recorded_by=worker,
        recorded_at=factories.at(),
        **given,
    )
    factories.referral(spell=spell)
    factories.contact(case)
    factories.handover(case, consent=Consent.objects.get(person=of))
    Note.objects.create(person=of, prison=spell.prison, case=case, text="Said so", **written(worker))
    return case


def written(worker):
    return {"written_by": worker, "written_at": factories.at()}


def test_unmerge_puts_back_every_row_that_the_merge_moved(removed, kept):
    full(removed, factories.DAY - timedelta(days=5))
    full(kept)
    before = everything()

    row = merged(removed, kept)
    assert {r["person_id"] for key, r in everything().items() if "person_id" in r and key[0] == "Case"} == {kept.pk}
    unmerge(row)

    assert everything() == before
    row.refresh_from_db()
    removed.refresh_from_db()
    assert (row.state, removed.merged_into, removed.number) == ("UNDONE", None, "A0001BA")
    assert AuditEntry.objects.filter(kind="OPERATION", action__endswith="moved_back").count() == 1 + len(
        [*INTERVENTIONS, *GATE]
    )


def test_unmerge_gives_each_record_its_prisons_again_and_the_former_number_back(removed, kept):
    other = factories.prison("ACI", "Altcourse (HMP)")
    Person.objects.filter(pk=removed.pk).update(prison_ids=[other.pk])

    unmerge(merged(removed, kept))

    removed.refresh_from_db()
    kept.refresh_from_db()
    assert (removed.prison_ids, kept.prison_ids) == ([other.pk], [factories.prison().pk])
    assert FormerNumber.objects.get().person == removed


def test_merge_after_an_undoing_is_a_merge_again(removed, kept):
    unmerge(merged(removed, kept))

    merge(removed, kept)

    assert removed.merged_into == kept
    assert FormerNumber.objects.get().person == kept
    assert list(PersonMerge.objects.order_by("pk").values_list("state", flat=True)) == ["UNDONE", "DONE"]


def test_unmerge_leaves_what_was_recorded_since_with_the_number_that_was_kept(removed, kept):
    factories.spell(kept)
    row = merged(removed, kept)
    since = Alert.objects.create(person=kept, prison=factories.prison(), kind="H", code="HA", from_at=factories.at())

    unmerge(row)

    since.refresh_from_db()
    assert since.person == kept


def test_unmerge_refuses_where_work_since_hangs_on_what_goes_back(removed, kept):
    factories.spell(removed)
    row = merged(removed, kept)
    factories.case(spell=CustodySpell.objects.get())

    with pytest.raises(ValidationError, match="Work has gone on since the merge, so it cannot be undone: 1 case."):
        unmerge(row)


def test_unmerge_refuses_where_a_row_that_the_merge_changed_was_changed_since(removed, kept):
    factories.case(removed, opened_on=factories.DAY - timedelta(days=5))
    younger = factories.case(kept)
    row = merged(removed, kept)
    Case.objects.filter(pk=younger.pk).update(close_reason="COMPLETED")

    with pytest.raises(ValidationError, match="cannot be undone: 1 case changed."):
        unmerge(row)


def test_unmerge_refuses_after_a_further_merge(removed, kept):
    row = merged(removed, kept)
    third = factories.person(number="A0003BA")
    merge(kept, third)

    with pytest.raises(ValidationError, match="Undo that merge first"):
        unmerge(row)


def test_merge_moves_a_row_of_every_model_of_casework(removed, kept):
    """A new model whose rows belong to a person is moved without being named anywhere."""
    models = {model.__name__ for model in person._moving()}

    assert models >= {"Note", "Assessment", "Score", "Plan", "Goal", "Action", "Attachment", "RecordAccess", "Strand"}


def test_merge_takes_an_open_clinical_strand_along_to_the_case_that_goes_on(removed, kept):
    older = factories.case(removed, opened_on=factories.DAY - timedelta(days=5))
    younger = factories.case(kept)
    strand = Strand.objects.create(
        case=younger,
        person=kept,
        prison=younger.prison,
        kind="MAINTENANCE",
        started_on=factories.DAY,
        said_by="Nurse",
        said_on=factories.DAY,
        recorded_by=younger.opened_by,
        recorded_at=factories.at(),
    )

    merge(removed, kept)

    strand.refresh_from_db()
    assert (strand.case, strand.ended_on) == (older, None)


def test_merge_of_two_who_are_kept_apart_ends_that(removed, kept):
    worker = factories.user()
    row = KeepApart.objects.create(
        person=removed,
        other=kept,
        prison=factories.prison(),
        scope="CELL",
        reason="OTHER",
        said_by="Wing",
        from_on=factories.DAY,
        recorded_by=worker,
        recorded_at=factories.at(),
    )

    merge(removed, kept)

    row.refresh_from_db()
    assert (row.ended_on, row.person) == (factories.DAY, removed)


def test_merge_goes_on_with_the_work_of_the_case_that_is_closed(removed, kept):
    worker = factories.user()
    kept_case = factories.case(factories.spell(kept).person, worker=worker)
    closed = factories.case(factories.spell(removed).person, worker=worker, opened_on=factories.DAY + timedelta(days=1))
    factories.strand(kept_case, kind="DETOX")
    rows = [
        factories.strand(closed, kind="DETOX"),
        factories.strand(closed, kind="MAINTENANCE"),
        factories.suspension(closed),
        factories.co_worker(closed),
    ]
    review = factories.joint_review(rows[1])

    merge(removed, kept)

    for row in [*rows, review]:
        row.refresh_from_db()
    same, other, suspension, beside = rows
    assert {row.person for row in [*rows, review]} == {kept}
    assert (same.case, same.ended_on, same.end_why) == (closed, closed.opened_on, "Recorded under another number")
    assert (other.case, other.ended_on, review.strand) == (kept_case, None, other)
    assert (suspension.until_on, beside.until_at) == (closed.opened_on, factories.at())
