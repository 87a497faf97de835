"""What was done with somebody: sessions, assessments, the plan, notes and files."""

from django.db.models import CharField, F, Q
from django.db.models.functions import Cast, Coalesce, Least

from casework.formats import instruments, reference
from casework.models import Assessment, Attachment, Goal, Note, OutcomesProfile, Plan, Score
from interventions.models import Appointment, AppointmentMove, Commitment, Contact
from reporting.queries.staff import name_of
from reporting.queries.timeline.kind import NONE, Kind, day_and_time, end_of_day, joined, label, of, piped

_assessment, _stage, _contact = map(label, [Assessment.Kind, OutcomesProfile.Stage, Contact.Outcome])
_reached, _file, _level, _commitment = map(label, [Goal.Outcome, Attachment.Kind, Note.Level, Commitment.Kind])


def _for(level):
    return "" if level == Note.Level.TEAM else f" ({_level(level).lower()})"


def _session(what, more):
    outcome, minutes, place = more.split("|", 2)
    if outcome != Contact.Outcome.TOOK_PLACE:
        return f"{what}: did not take place ({_contact(outcome).lower()})"
    return joined(f"{what}: {minutes} minutes", place)


def _scored(what, more):
    total, about, band = more.split("|", 2)
    name = instruments.current()[what].name
    drug = reference.substances().get(about, about)
    return joined(f"{name}{f' about {drug.lower()}' if drug else ''}: {total}", band.lower())


KINDS = [
    Kind(
        "session",
        of(Contact),
        F("at"),
        _session,
        who=name_of("worker"),
        what=F("type__name"),
        more=piped("outcome", "minutes", "place"),
        note=F("note"),
        page="interventions:show",
    ),
    Kind(
        "session-withdrawn",
        lambda prison_id: Contact.everything.filter(prison_id=prison_id, withdrawn_at__isnull=False),
        F("at"),
        lambda what, more: f"{what}: taken back",
        who=name_of("withdrawn_by"),
        what=F("type__name"),
        note=F("withdrawn_why"),
        page="interventions:show",
        struck=True,
    ),
    Kind(
        "planned",
        of(Appointment, contact=None),
        F("made_at"),
        lambda what, more: f"Session planned: {what}, {more}",
        who=name_of("made_by"),
        what=F("type__name"),
        more=day_and_time("at"),
    ),
    Kind(
        "called-off",
        of(Appointment, called_off_at__isnull=False),
        F("called_off_at"),
        lambda what, more: f"Session called off: {what}",
        who=name_of("called_off_by"),
        what=F("type__name"),
        note=F("called_off_why"),
    ),
    Kind(
        "appointment-moved",
        of(AppointmentMove),
        F("at"),
        lambda what, more: f"Session moved: {what}, was {more}",
        who=name_of("by"),
        what=F("appointment__type__name"),
        more=day_and_time("before_at"),
        note=F("why"),
    ),
    Kind(
        "commitment",
        of(Commitment),
        F("recorded_at"),
        lambda what, more: f"{_commitment(what)} noted: {more}",
        who=name_of("recorded_by"),
        what=F("kind"),
        more=day_and_time("starts_at"),
    ),
    Kind(
        "commitment-withdrawn",
        of(Commitment, withdrawn_at__isnull=False),
        F("withdrawn_at"),
        lambda what, more: f"{_commitment(what)} taken back: {more}",
        who=name_of("withdrawn_by"),
        what=F("kind"),
        more=day_and_time("starts_at"),
    ),
    Kind(
        "assessment",
        of(Assessment, completed_at__isnull=False),
        Least("completed_at", end_of_day("done_on")),
        lambda what, more: f"{_assessment(what)}{' (corrected)' if more else ' completed'}",
        who=name_of("completed_by"),
        what=F("kind"),
        more=Coalesce(Cast("supersedes", CharField()), NONE),
        page="casework:assessment",
        whole_day=True,
    ),
    Kind(
        "score",
        of(Score),
        Least("recorded_at", end_of_day("asked_on")),
        _scored,
        who=name_of("asked_by"),
        what=F("tool"),
        more=piped("total", "about", "band"),
        page="casework:score",
        whole_day=True,
    ),
    Kind(
        "outcomes",
        of(OutcomesProfile),
        Least("recorded_at", end_of_day("done_on")),
        lambda what, more: f"Outcomes profile: {_stage(what).lower()}",
        who=name_of("done_by"),
        what=F("stage"),
        page="casework:profile",
        whole_day=True,
    ),
    Kind(
        "plan-reviewed",
        lambda prison_id: Plan.objects.filter(prison_id=prison_id, number__gt=1).exclude(
            agreed_on=None, ended_on__isnull=False
        ),
        end_of_day("begun_on"),
        lambda what, more: f"Recovery plan reviewed: version {what} begun",
        who=name_of("begun_by"),
        what=Cast("number", CharField()),
        note=F("reviewed"),
        page="casework:plan_version",
        whole_day=True,
    ),
    Kind(
        "goal-outcome",
        lambda prison_id: Goal.objects.filter(prison_id=prison_id, removed_at=None).exclude(outcome=""),
        end_of_day("outcome_on"),
        lambda what, more: f"Goal: {_reached(what).lower()}",
        who=name_of("outcome_by"),
        what=F("outcome"),
        note=F("words"),
        whole_day=True,
    ),
    Kind(
        "plan-agreed",
        of(Plan, agreed_on__isnull=False),
        end_of_day("agreed_on"),
        lambda what, more: f"Recovery plan agreed: version {what}",
        who=name_of("agreed_by"),
        what=Cast("number", CharField()),
        page="casework:plan_version",
        whole_day=True,
    ),
    Kind(
        "note",
        of(Note),
        F("written_at"),
        lambda what, more: f"Note{' added to' if more else ''}{_for(what)}",
        who=name_of("written_by"),
        what=F("level"),
        more=Coalesce(Cast("amends", CharField()), NONE),
        note=F("text"),
        page="casework:note",
        only=lambda user: Q(level__in=Note.levels_of(user)),
    ),
    Kind(
        "file",
        of(Attachment),
        F("added_at"),
        lambda what, more: f"File: {what} ({_file(more).lower()})",
        who=name_of("added_by"),
        what=F("title"),
        more=F("kind"),
    ),
    Kind(
        "file-withdrawn",
        of(Attachment, withdrawn_at__isnull=False),
        F("withdrawn_at"),
        lambda what, more: f"File withdrawn: {what}",
        who=name_of("withdrawn_by"),
        what=F("title"),
        note=F("withdrawn_why"),
    ),
]
