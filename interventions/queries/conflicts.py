"""What stands against a session at its time: the person's day, the worker's, the room's. Told in sentences that name no other prisoner."""

from collections import defaultdict
from datetime import timedelta

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q
from django.utils import timezone

from casework import events
from casework.models import Absence, CourtDate, Room
from interventions.models import Appointment, Commitment, Facilitator, GroupSession, Seat

LONGEST = timedelta(minutes=480)


def mark(rows, user):
    """Give each of ``rows`` (appointments, saved or not) its ``conflicts``, a list of sentences; seven queries however many they are."""
    rows = list(rows)
    for row in rows:
        row.conflicts = []
    if rows:
        within = (min(row.at for row in rows), max(row.until for row in rows))
        for told in [_courts, _commitments, _seats, _absences, _sessions, _rooms, _appointments]:
            for row, sentence in told(rows, user, *within):
                row.conflicts.append(sentence)
    return rows


def of_room(row, user):
    """Who has the room of ``row`` at its time, in sentences. Whoever is hidden from ``user`` has it without a name."""
    if row.room_id is None:
        return []
    first, until = row.at, row.until
    same = Appointment.objects.visible_to(user).standing().filter(room=row.room_id).exclude(pk=row.pk)
    others = same.filter(at__gt=first - LONGEST, at__lt=until).select_related("worker").order_by("at", "pk")
    said = [sentence for _, sentence in _rooms([row], user, first, until)]
    said += [_has_room(row, other) for other in others if other.until > first]
    said += had_above(row.room, [DateTimeTZRange(first, until)])
    if not said and room_is_taken(row.room, [DateTimeTZRange(first, until)], but=row.pk):
        said = [f"{row.room} is taken at that time."]
    return said


def room_is_taken(room, periods, *, but=None):
    """Whether one person is seen in ``room`` in one of these periods, people who are hidden from whoever asks included."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ww.room_is_taken(%s, %s::tstzrange[], %s)", [room.pk, list(periods), but])
        return cursor.fetchone()[0]


def had_above(room, periods):
    """Who has ``room`` in one of these periods of whom the apps above know, in sentences."""
    answers = events.room_asked.send(sender=Room, room=room, periods=periods)
    return [sentence for _, sentences in answers for sentence in sentences]


def _courts(rows, user, first, until):
    days = {timezone.localdate(row.at) for row in rows}
    dates = CourtDate.objects.visible_to(user).filter(person__in=_people(rows), on__in=days, withdrawn_at=None)
    courts = {(person, on): court for person, on, court in dates.values_list("person", "on", "court")}
    for row in rows:
        court = courts.get((row.person_id, timezone.localdate(row.at)))
        if court is not None:
            yield row, f"The person is at court that day{f' ({court})' if court else ''}."


def _commitments(rows, user, first, until):
    found = Commitment.objects.visible_to(user).filter(person__in=_people(rows), withdrawn_at=None)
    found = found.filter(starts_at__lt=until, ends_at__gt=first)
    of = _grouped(found, "person_id")
    for row in rows:
        for other in of[row.person_id]:
            if other.starts_at < row.until and row.at < other.ends_at:
                what = other.get_kind_display().lower()
                yield row, f"The person has something else: {what}, {_span(other.starts_at, other.ends_at)}."


def _seats(rows, user, first, until):
    found = Seat.objects.visible_to(user).expected().filter(person__in=_people(rows), period__overlap=(first, until))
    found = found.exclude(session__state=GroupSession.State.CANCELLED).select_related("session")
    of = _grouped(found, "person_id")
    for row in rows:
        for seat in of[row.person_id]:
            if _overlap(row, seat.period):
                yield row, f"The person is expected in a group: {seat.session}, {_span_of(seat.period)}."


def _absences(rows, user, first, until):
    first, until = timezone.localdate(first), timezone.localdate(until)
    found = Absence.objects.filter(prison=user.prison_id, user__in=_workers(rows), withdrawn_at=None)
    of = _grouped(found.filter(from_on__lte=until, until_on__gte=first), "user_id")
    for row in rows:
        for absence in of[row.worker_id]:
            if absence.from_on <= timezone.localdate(row.at) <= absence.until_on:
                yield row, f"{row.worker} is away until {absence.until_on:%-d %B}."


def _sessions(rows, user, first, until):
    found = Facilitator.objects.visible_to(user).filter(worker__in=_workers(rows), stood_down_at=None)
    found = found.filter(period__overlap=(first, until)).exclude(session__state=GroupSession.State.CANCELLED)
    of = _grouped(found.select_related("session"), "worker_id")
    for row in rows:
        for one in of[row.worker_id]:
            if _overlap(row, one.period):
                yield row, f"{row.worker} runs a group: {one.session}, {_span_of(one.period)}."


def _rooms(rows, user, first, until):
    rooms = {row.room_id for row in rows if row.room_id}
    found = GroupSession.objects.visible_to(user).filter(room__in=rooms, period__overlap=(first, until))
    of = _grouped(found.exclude(state=GroupSession.State.CANCELLED), "room_id")
    for row in rows:
        for session in of[row.room_id]:
            if row.room_id and _overlap(row, session.period):
                yield row, f"{row.room} is taken by a group: {session}, {_span_of(session.period)}."


def _appointments(rows, user, first, until):
    rooms = [row.room_id for row in rows if row.room_id]
    same = Q(person__in=_people(rows)) | Q(worker__in=_workers(rows)) | Q(room__in=rooms)
    found = Appointment.objects.visible_to(user).standing().filter(same, at__gt=first - LONGEST, at__lt=until)
    others = list(found.select_related("worker", "room"))
    for row in rows:
        for other in others:
            if other.pk != row.pk and other.at < row.until and row.at < other.until:
                yield from ((row, sentence) for sentence in _same(row, other))


def _same(row, other):
    """What two sessions that overlap have in common."""
    when = _span(other.at, other.until)
    if row.person_id == other.person_id:
        yield f"The person has another session, with {other.worker}, {when}."
    elif row.worker_id == other.worker_id:
        yield f"{row.worker} has another session, {when}."
    if row.room_id and row.room_id == other.room_id:
        yield _has_room(row, other)


def _has_room(row, other):
    return f"{row.room} is taken by {other.worker}, {_span(other.at, other.until)}."


def _people(rows):
    return {row.person_id for row in rows}


def _workers(rows):
    return {row.worker_id for row in rows}


def _grouped(found, name):
    groups = defaultdict(list)
    for one in found:
        groups[getattr(one, name)].append(one)
    return groups


def _overlap(row, period):
    return period.lower < row.until and row.at < period.upper


def _span_of(period):
    return _span(period.lower, period.upper)


def _span(starts, ends):
    return f"{timezone.localtime(starts):%H:%M} to {timezone.localtime(ends):%H:%M}"
