"""Where somebody was in the prison, what the roll and staff noted about him, and days at court."""

from django.db.models import Case as Choose
from django.db.models import CharField, Exists, F, OuterRef, Q, When

from casework.formats import reference
from casework.formats.movement import TOLD
from casework.formats.movement import Movement as Moved
from casework.models import Alert, CourtDate, Location, Movement
from reporting.queries.staff import name_of
from reporting.queries.timeline.kind import NONE, Kind, day_of, joined, of

_moves = Movement.objects.exclude(kind=Moved.CELL_MOVE)
_told = Exists(_moves.filter(spell=OuterRef("spell"), at=OuterRef("from_at"), detail=OuterRef("cell")))
# Alerts that staff may see; of an ACCT that moves on, the next state tells what became of the one before.
_SECRET = [code for code in reference.alerts() if reference.alert_type(code) == "D"]
_next_state = Exists(
    Alert.objects.acct().filter(person=OuterRef("person"), prison=OuterRef("prison"), from_at=OuterRef("until_at"))
)
_ACCT = {"HA": "ACCT opened", "HA1": "ACCT in post-closure", "HA2": "ACCT closed"}


def _alerts(prison_id):
    return Alert.objects.filter(prison_id=prison_id).exclude(Q(kind="D") | Q(code__in=_SECRET))


def _alerts_over(prison_id):
    return _alerts(prison_id).filter(until_at__isnull=False).exclude(Q(code__in=_ACCT) & Q(_next_state))


def _by_hand(words):
    """``words`` of what staff noted. On what the roll says they are of a later day: of its review."""
    return Choose(When(source=Alert.Source.HAND, then=words), default=NONE, output_field=CharField())


def _alert(code):
    known = reference.alerts().get(code)
    return known.label if known else f"Alert {code}"


# A cell move is told by the location, any other change of cell by the movement that names it.
KINDS = [
    Kind(
        "movement",
        lambda prison_id: _moves.filter(prison_id=prison_id),
        F("at"),
        lambda what, more: TOLD.get(what, what.replace("_", " ").capitalize()),
        what=F("kind"),
        note=F("detail"),
        person="spell__person",
    ),
    Kind(
        "location",
        lambda prison_id: Location.objects.filter(prison_id=prison_id, whereabouts=Location.Whereabouts.IN).exclude(
            _told
        ),
        F("from_at"),
        lambda what, more: f"Located in cell {what}" if what else "Located in the prison",
        what=F("cell"),
        person="spell__person",
    ),
    Kind(
        "alert",
        _alerts,
        F("from_at"),
        lambda what, more: joined(_ACCT.get(what) or f"Alert: {_alert(what)}", more and f"as {more} said"),
        who=_by_hand(name_of("recorded_by")),
        what=F("code"),
        more=_by_hand(F("said_by")),
        note=_by_hand(F("note")),
    ),
    Kind(
        "alert-ended",
        _alerts_over,
        F("until_at"),
        lambda what, more: joined(f"No longer: {_alert(what)}", more and f"as {more} said"),
        who=name_of("ended_by"),
        what=F("code"),
        more=F("end_said_by"),
        note=F("end_why"),
    ),
    Kind(
        "court-date",
        of(CourtDate),
        F("recorded_at"),
        lambda what, more: joined(f"Court date noted: {what}", more),
        who=name_of("recorded_by"),
        what=day_of("on"),
        more=F("court"),
    ),
    Kind(
        "court-date-withdrawn",
        of(CourtDate, withdrawn_at__isnull=False),
        F("withdrawn_at"),
        lambda what, more: f"Court date taken back: {what}",
        who=name_of("withdrawn_by"),
        what=day_of("on"),
    ),
]
