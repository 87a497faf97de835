"""The register of a session: who is on it, what it says of each, what was changed, and what still waits."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from casework.access import Role
from casework.models import CustodySpell, Location
from interventions.models import Contact, GroupSession, RegisterChange, Seat
from interventions.models.group import LATE

Outcome = Contact.Outcome
MOVED = Outcome.REGIME_MOVED
# What a register says of somebody, by whose reason it was (domain.md 6.2). No two begin with the same letter: one key chooses.
MARKS = [
    ("Came", [(Outcome.TOOK_PLACE.value, "Came"), (LATE, "Late, but came")]),
    (
        "The person’s reason",
        [
            (Outcome.PERSON_REFUSED.value, "Refused"),
            (Outcome.PERSON_ILL.value, "Ill"),
            (Outcome.PERSON_CLASH.value, "Visit, court or work"),
        ],
    ),
    (
        "The prison’s reason",
        [
            (Outcome.REGIME_NOT_UNLOCKED.value, "Not unlocked or no escort"),
            (Outcome.REGIME_CURTAILED.value, "Early lock-up, regime curtailed"),
            (MOVED.value, "Moved away"),
        ],
    ),
    (
        "The team’s reason",
        [(Outcome.TEAM_NO_ROOM.value, "Our room was not free"), (Outcome.TEAM_ABSENT.value, "Worker absent")],
    ),
]
# As they are read, with whose reason it was.
WORDS = {**dict(Outcome.choices), Outcome.TOOK_PLACE.value: "Came", LATE: "Came late"}
COLOURS = {"TOOK": "green", "LATE": "green", "PERSON": "yellow", "REGIME": "purple", "TEAM": "orange", "": "grey"}


@dataclass
class Row:
    """One line of a register. ``gone``: had left the prison by then; ``place``: where the person is now."""

    seat: Seat
    place: str
    gone: bool

    @property
    def mark(self):
        """What it says, or would say of somebody who had left."""
        return self.seat.mark or (MOVED.value if self.gone else "")

    @property
    def words(self):
        return WORDS.get(self.seat.mark, "")

    @property
    def colour(self):
        return COLOURS[self.seat.mark.partition("_")[0]]


def rows(session, user):
    """The lines of the register of ``session`` in order of name; three queries, however many they are."""
    seats = Seat.objects.visible_to(user).expected().filter(session=session).select_related("person", "contact__type")
    seats = list(seats.order_by("person__surname_key", "person__forenames_key", "pk"))
    people = [seat.person_id for seat in seats]
    here = here_on(session, people)
    places = Location.objects.filter(prison_id=session.prison_id, until_at=None, spell__ended_at=None)
    places = {row.spell.person_id: row for row in places.filter(spell__person__in=people).select_related("spell")}
    return [Row(seat, _place(places.get(seat.person_id)), seat.person_id not in here) for seat in seats]


def _place(location):
    if location is None:
        return "Not here"
    return location.cell if location.whereabouts == Location.Whereabouts.IN else location.get_whereabouts_display()


def here_on(session, people):
    """Those of ``people`` (keys) who had not left the prison, or its roll, when ``session`` began."""
    begins = session.period.lower
    stays = CustodySpell.objects.filter(person__in=people, prison_id=session.prison_id)
    stays = stays.filter(Q(ended_at=None) | Q(ended_at__gt=begins))
    stays = stays.filter(Q(off_roll_on=None) | Q(off_roll_on__gt=timezone.localdate(begins)))
    return set(stays.values_list("person", flat=True))


def changes(session, user):
    """What was changed in the register, the newest first: ``was`` and ``became`` in words, ``noted`` where the note changed."""
    found = list(RegisterChange.objects.visible_to(user).filter(seat__session=session).select_related("person", "by"))
    for row in found:
        row.was, row.became = WORDS[row.before], WORDS[row.after]
        row.noted = row.before_note != row.after_note
    return found


def reads_notes(session, user, contact=None):
    """Whether ``user`` may read the notes of ``session`` here: it is his, or that of his team. Others open the record."""
    if user.role == Role.MANAGER or (contact and user.pk in {contact.worker_id, contact.recorded_by_id}):
        return True
    return session.facilitators.filter(worker=user, stood_down_at=None).exists()


def without_note(session, user):
    """Seats of those who came and of whom nothing was written, and whose note nobody put off, in order of name."""
    came = Seat.objects.visible_to(user).expected().filter(session=session, contact__outcome=Outcome.TOOK_PLACE)
    came = came.filter(contact__note="", skipped=False).select_related("person", "contact")
    return came.order_by("person__surname_key", "person__forenames_key", "pk")


def open_late(user, *, now):
    """Sessions whose register is still open after the hours that the prison allows, the oldest first (domain.md 8.4)."""
    until = now - timedelta(hours=user.prison.write_up_hours)
    return _open(user).filter(period__endswith__lt=until)


def open_yet(user, *, now):
    """Sessions that are over and whose register is open, the oldest first, each with how many are ``unmarked`` of ``expected``."""
    seats = Q(seats__removed_at=None)
    return (
        _open(user)
        .filter(period__endswith__lt=now)
        .select_related("prison")
        .annotate(expected=Count("seats", filter=seats), unmarked=Count("seats", filter=seats & Q(seats__contact=None)))
    )


def _open(user):
    rows = GroupSession.objects.visible_to(user).filter(closed_at=None).exclude(state=GroupSession.State.CANCELLED)
    return rows.order_by("period", "pk")


def put_off(user):
    """Seats whose note was skipped to be added later, the oldest first."""
    rows = Seat.objects.visible_to(user).expected().filter(skipped=True).select_related("person", "session", "contact")
    return rows.order_by("period", "person__surname_key", "pk")
