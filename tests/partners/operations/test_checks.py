import pytest
from django.db import DatabaseError, connection, transaction

from casework import context
from casework.access import Role
from casework.models import AuditEntry
from partners.models import ClinicalPart, Handover, WordsLeft
from partners.operations import checks as operations
from partners.operations import handovers
from partners.queries import blocked
from tests import factories
from tests.partners import contents, steps

pytestmark = pytest.mark.django_db
SAID = {"author": "Nurse A. Sample", "stated_on": "2026-06-24", "summary": "Methadone 40 ml"}


def draft(**change):
    made = factories.handover(state=Handover.State.DRAFT, content={**contents.FULL, **change})
    ClinicalPart.objects.filter(handover=made).update(digest="of other words")
    return made


@pytest.fixture
def nurse():
    return factories.user(duties=["CLINICAL"])


@pytest.mark.parametrize(("said", "nothing"), [(None, True), (SAID, False)])
def test_ready_waits_until_the_clinical_side_confirms(nurse, said, nothing):
    made = draft(clinical=said)
    assert "Nobody of the clinical side confirmed" in steps.refusal(handovers.ready, handover=made, by=made.made_by)

    first, second = [operations.confirm_clinical(handover=made, by=nurse) for _ in range(2)]

    assert (first, first.nothing, first.by) == (second, nothing, nurse)
    assert handovers.ready(handover=made, by=made.made_by)
    assert steps.actions()[0] == "handover.clinical_confirmed"


def test_a_clinical_part_that_is_written_anew_has_to_be_confirmed_anew(nurse):
    made = draft(clinical=SAID)
    operations.confirm_clinical(handover=made, by=nurse)

    content = {**contents.FULL, "clinical": {**SAID, "summary": "Methadone 30 ml"}}
    handovers.edit(handover=made, release_on=made.release_on, content=content, by=made.made_by)

    assert "as it reads now" in steps.refusal(handovers.ready, handover=made, by=made.made_by)


def test_only_who_writes_clinical_notes_confirms(nurse):
    made = draft()

    assert steps.refusal(operations.confirm_clinical, handover=made, by=factories.user()) == operations.NOT_CLINICAL
    operations.confirm_clinical(handover=made, by=factories.user(Role.MANAGER))
    closed = factories.handover(state=Handover.State.RECALLED)
    ClinicalPart.objects.filter(handover=closed).update(digest="x")
    assert steps.refusal(operations.confirm_clinical, handover=closed, by=nurse) == "This handover is recalled."


def test_ready_needs_a_named_point_of_contact():
    made = steps.draft()
    made.agency.people.update(ended_on=factories.DAY)
    assert "no point of contact" in steps.refusal(handovers.ready, handover=made, by=made.made_by)

    made.agency.people.create(name="Pat Pretend", is_contact=True)

    assert handovers.ready(handover=made, by=made.made_by)


# Words that may not pass


def test_marks_tell_section_field_and_words_and_a_name_once():
    other = factories.spell(factories.person("O’Brien", "Seán")).person
    text = f"Owes Sean O'Brien. Sean O'Brien is {other.number}."
    made = draft(use={"substances": [{"substance": "Heroin", "now": text}]}, person={"contact": "c/o Mr OBrien"})

    assert [(mark.section, mark.field, mark.found.kind, mark.found.written) for mark in blocked.marks(made)] == [
        ("use", "now_1", "NAME", "Sean O'Brien"),
        ("use", "now_1", "NUMBER", other.number),
    ]


def test_marks_look_at_everything_a_writer_types():
    factories.spell(factories.person("Young", "Will"))
    name = "Will Young"
    fields = {
        "custody": {"licence": name},
        "overdose_risk": name,
        "use": {"substances": [{"substance": "x"}, {"substance": "y", "before": name}], "tolerance": name},
        "risks": [{"risk": name, "detail": name}],
        "treatment": {"wants": name, "goals": [{"goal": name}]},
        "clinical": {**SAID, "summary": name},
        "naloxone": {"answer": "Given", "detail": name},
        "harm_reduction": [name],
        "appointment": {"agency": "Mill", "on": "2026-07-06", "travel": name},
        "no_appointment_because": name,
    }
    made = factories.handover(state=Handover.State.DRAFT, content=fields)
    Handover.objects.filter(pk=made.pk).update(content={**made.content, "person": {"contact": name, "name": name}})
    made.refresh_from_db()

    assert {mark.field for mark in blocked.marks(made)} == {
        "contact", "licence", "overdose_risk", "before_2", "tolerance", "risks", "wants", "clinical_summary", "naloxone_detail",
        "harm_other", "appointment_travel", "no_appointment_because",
    }  # fmt: skip


def test_marks_are_for_those_who_are_here_or_have_an_open_case():
    gone = factories.spell(factories.person("Young", "Will"), ended_at=factories.at(), end="RELEASED")
    made = draft(overdose_risk="Will Young")
    assert blocked.marks(made) == []

    factories.case(spell=gone)
    assert [mark.found.kind for mark in blocked.marks(made)] == ["NAME"]


def test_words_are_left_for_a_reason_that_is_kept_and_numbers_never():
    factories.spell(factories.person("Young", "Will"))
    made = draft(overdose_risk="Will Young, nurse, of A9999ZZ")

    given = {"release_on": made.release_on, "content": made.content, "by": made.made_by}
    handovers.edit(handover=made, left_because="The nurse has this name.", **given)

    left = WordsLeft.objects.get()
    assert (left.kind, left.words, left.reason, left.by) == (
        "NAME",
        "will young",
        "The nurse has this name.",
        made.made_by,
    )
    assert [mark.found.kind for mark in blocked.marks(made)] == ["NUMBER"]
    entry = AuditEntry.objects.get(action="handover.words_left")
    assert entry.detail == {"kinds": ["NAME"], "count": 1}


def test_the_database_leaves_no_number():
    made = draft()

    with pytest.raises(DatabaseError, match="numbers_are_never_left"), transaction.atomic():
        WordsLeft.objects.create(
            handover=made,
            prison=made.prison,
            kind="NUMBER",
            words="a9999zz",
            reason="x",
            by=made.made_by,
            at=factories.at(),
        )


@pytest.mark.parametrize("table", ["partners_clinicalpart", "partners_wordsleft", "partners_releaseplan"])
def test_agencies_read_nothing_of_it(table):
    factories.handover()

    with context.acting(factories.user(Role.PARTNER)), connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            cursor.execute(f"SELECT count(*) FROM {table}")
