"""How many a session has place for, who runs it and who is expected: counted with those whom who asks may not know of."""

from django.db import connection
from django.db.models import Count

from interventions.models import Facilitator, GuestVisit


def left(session):
    """How many more may be expected at ``session``."""
    return left_at([session])[session.pk]


def left_at(sessions):
    """Key of each session → how many more may be expected there: a room holds its staff and guests as well; three queries."""
    staff, guests, counts = staff_of(sessions), guests_of(sessions), expected(sessions)
    return {session.pk: most_at(session, staff, guests) - counts.get(session.pk, 0) for session in sessions}


def expected(sessions):
    """Key of each session → how many are expected, those included whom who asks may not know of."""
    return dict(asked("SELECT * FROM ww.expected_at(%s)", [session.pk for session in sessions]))


def staff_of(sessions):
    """Key of the session → how many run it."""
    rows = Facilitator.objects.filter(session__in=sessions, stood_down_at=None)
    return dict(rows.order_by().values_list("session").annotate(Count("pk")))


def guests_of(sessions):
    """Key of the session → how many guests are asked to it."""
    rows = GuestVisit.objects.filter(session__in=sessions, removed_at=None)
    return dict(rows.order_by().values_list("session").annotate(Count("pk")))


def most_at(session, staff, guests):
    """How many may be expected at ``session``: a room holds its staff and guests as well, told by the keys of their sessions."""
    if session.room is None:
        return session.capacity
    return min(session.capacity, session.room.capacity - staff.get(session.pk, 0) - guests.get(session.pk, 0))


def asked(sql, *parameters):
    """The rows that a function of the database answers with."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
