"""The recovery meeting itself: a standing one, the next of it, who is invited, held, closed or cancelled."""

import uuid
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from casework import audit
from casework.formats import working_days
from casework.models import Agency, Notice
from casework.operations import mail
from interventions.models import GroupSession
from partners.models import Meeting, MeetingAction, MeetingAgency, MeetingItem, MeetingMinutes, MeetingSeries
from partners.models.meeting import LENGTH
from partners.operations import meeting_lists
from partners.queries import meetings as queries
from partners.queries import rooms

State = Meeting.State
CHANGED = {
    State.HELD: "has begun already",
    State.CLOSED: "is closed already",
    State.CANCELLED: "was cancelled",
    State.PLANNED: "has not begun yet",
}


@transaction.atomic
def make_series(*, from_on, at, weeks, agencies, by, length=LENGTH, room=None, nonce=None):
    """Begin a standing meeting every so many ``weeks`` from the day ``from_on``, and plan its first meeting. Returns that."""
    nonce = nonce or uuid.uuid4()
    if made := MeetingSeries.objects.made_once(nonce):
        return made.meetings.order_by("starts_at").first()
    GroupSession.objects.one_at_a_time(by.prison_id)
    if from_on < timezone.localdate():
        raise ValidationError({"from_on": "Give a day from today on."})
    series = MeetingSeries(
        prison_id=by.prison_id, weeks=weeks, from_on=from_on, at=at, length=length, room=room,
        made_by=by, made_at=timezone.now(), nonce=nonce,
    )  # fmt: skip
    series.full_clean()
    series.save()
    audit.record(by=by, action="meeting_series.made", target=series, weeks=weeks)
    return _plan(series, from_on, agencies, by, refuse=True)


@transaction.atomic
def end_series(*, series, by, version=None):
    """No further meeting is planned. The one that is planned already takes place, unless somebody cancels it."""
    series = MeetingSeries.objects.select_for_update(of=["self"]).get(pk=series.pk)
    if series.ended_on:
        return series
    series.change(version, ended_on=timezone.localdate())
    series.save(update_fields=["ended_on", "version"])
    audit.record(by=by, action="meeting_series.ended", target=series)
    return series


@transaction.atomic
def edit(*, meeting, starts_at, room, agencies, by, length=LENGTH, version=None):
    """Another time or room, or other agencies. Whoever is invited anew, and for another time everybody, is told that something waits."""
    GroupSession.objects.one_at_a_time(by.prison_id)
    row = _locked(meeting, State.PLANNED)
    if starts_at != row.starts_at and starts_at < timezone.now():
        raise ValidationError({"starts_at": "This is over. Give a time that is still to come."})
    changed = row.change(version, starts_at=starts_at, length=length, room=room)
    row.full_clean()
    if changed and (taken := rooms.against(row)):
        raise ValidationError({"room": taken})
    row.save(update_fields=["starts_at", "length", "room", "version"])
    there = {each.agency_id: each for each in row.invited.filter(withdrawn_at=None)}
    wanted = {agency.pk: agency for agency in agencies}
    now = timezone.now()
    for key in there.keys() - wanted.keys():
        there[key].withdrawn_at = now
        there[key].save(update_fields=["withdrawn_at"])
    _invite(row, [wanted[key] for key in sorted(wanted.keys() - there.keys())], now)
    _tell(row, by, f"version {row.version}", None if "starts_at" in changed else wanted.keys() - there.keys())
    audit.record(by=by, action="meeting.edited", target=row, version=row.version, agencies=sorted(wanted))
    return row


@transaction.atomic
def cancel(*, meeting, why, by, version=None):
    """The meeting does not take place: the agencies are told, its list falls away, and the next one of the series is planned."""
    GroupSession.objects.one_at_a_time(meeting.prison_id)  # The next one is planned, and has a room.
    row = _locked(meeting, State.PLANNED, State.CANCELLED)
    if row.state == State.CANCELLED:
        return row
    row.change(version, state=State.CANCELLED, cancelled_why=why)
    row.full_clean()
    row.save(update_fields=["state", "cancelled_why", "version"])
    _tell(row, by, "cancelled")
    audit.record(by=by, action="meeting.cancelled", target=row)
    _next(row, by)
    return row


@transaction.atomic
def hold(*, meeting, by):
    """The meeting begins: from now on what is said is written down."""
    row = _locked(meeting, State.PLANNED, State.HELD)
    if row.state == State.HELD:
        return row
    if timezone.localdate(row.starts_at) > timezone.localdate():
        raise ValidationError("This meeting is still to come. Change its date if it takes place earlier.")
    row.change(None, state=State.HELD)
    row.save(update_fields=["state", "version"])
    audit.record(by=by, action="meeting.held", target=row)
    return row


@transaction.atomic
def write(*, meeting, team_present, minutes, came, by, version=None):
    """Who was there, and what was said that is about nobody in particular. ``came``: key of an agency → (whether, names)."""
    row = _locked(meeting, State.HELD)
    row.change(version, team_present=team_present, minutes=minutes)
    if found := queries.strange_numbers(minutes, set()):
        raise ValidationError(
            {"minutes": f"“{found[0]}” is a prison number, and every agency reads this. Take it out."}
        )
    row.full_clean()
    row.save(update_fields=["team_present", "minutes", "version"])
    for invited in row.invited.filter(withdrawn_at=None, agency__in=came).select_for_update():
        invited.attended, invited.who = came[invited.agency_id]
        invited.full_clean()
        invited.save(update_fields=["attended", "who"])
    audit.record(by=by, action="meeting.written", target=row, version=row.version)
    return row


@transaction.atomic
def close(*, meeting, by):
    """Nothing of it changes any more: minutes are made for the prison and for each agency, who are told; the next meeting is planned."""
    GroupSession.objects.one_at_a_time(meeting.prison_id)  # The next one is planned, and has a room.
    row = _locked(meeting, State.HELD, State.CLOSED)
    if row.state == State.CLOSED:
        return row
    invited = list(row.invited.filter(withdrawn_at=None).order_by("pk"))
    if any(each.attended is None for each in invited):
        raise ValidationError("Say first which agencies were there.")
    now = timezone.now()
    row.change(None, state=State.CLOSED, closed_at=now, closed_by=by)
    row.save(update_fields=["state", "closed_at", "closed_by", "version"])
    asked = {"meeting": row, "prison_id": row.prison_id, "asked_by": by, "asked_at": now}
    MeetingMinutes.objects.bulk_create(
        MeetingMinutes(agency_id=key, **asked) for key in [None, *(each.agency_id for each in invited)]
    )
    _tell(row, by, "closed")
    audit.record(by=by, action="meeting.closed", target=row, agencies=[each.agency_id for each in invited])
    _next(row, by)
    return row


@transaction.atomic
def remind(*, by, on):
    """Tell each agency, once a week, that it has actions of meetings whose day is over. Runs every morning; safe to run twice."""
    late = MeetingAction.objects.open().filter(due_on__lt=on, agency__isnull=False, item__removed_at=None)
    week, told = "-".join(map(str, on.isocalendar()[:2])), 0
    for agency in Agency.objects.filter(pk__in=late.values("agency")).order_by("pk"):
        shared = late.filter(agency=agency, item__in=MeetingItem.objects.shared_with(agency.pk))
        if action := shared.select_related("prison").order_by("due_on", "pk").first():
            path = reverse("partners:our_meetings")
            mail.ask(
                kind=Notice.MEETING, path=path, about=f"meeting actions late {week}", by=by, agency=agency, prison=action.prison
            )  # fmt: skip
            told += 1
    audit.record(by=by, action="meeting.reminded", told=told)


def _locked(meeting, *states):
    """The meeting under lock, or ValidationError where it stands otherwise."""
    row = Meeting.objects.select_for_update(of=["self"]).get(pk=meeting.pk)
    if row.state not in states:
        raise ValidationError(f"This meeting {CHANGED[row.state]}.")
    return row


def _plan(series, day, agencies, by, *, refuse=False):
    """The meeting of ``series`` on ``day``, or on the working day after it. A room that is taken then is refused, or left open."""
    while not working_days.is_working(day):
        day += working_days.ONE
    now = timezone.now()
    meeting = Meeting(
        prison_id=series.prison_id,
        series=series,
        starts_at=timezone.make_aware(datetime.combine(day, series.at)),
        length=series.length,
        room=series.room,
        made_by=by,
        made_at=now,
        nonce=uuid.uuid5(series.nonce, day.isoformat()),
    )
    meeting.full_clean()
    if taken := rooms.against(meeting):
        if refuse:
            raise ValidationError({"room": taken})
        meeting.room = None
    meeting.save()
    _invite(meeting, agencies, now)
    _tell(meeting, by, "planned")
    meeting_lists.propose(meeting=meeting, by=by)
    audit.record(by=by, action="meeting.planned", target=meeting, agencies=[agency.pk for agency in agencies])
    return meeting


def _next(meeting, by):
    """The next meeting of its series, with the agencies that were invited to this one."""
    series = meeting.series
    if series is None or series.ended_on or series.meetings.filter(state=State.PLANNED).exists():
        return
    today = timezone.localdate()
    day = series.day_after(max(timezone.localdate(meeting.starts_at), today))
    invited = meeting.invited.filter(withdrawn_at=None).values("agency")
    _plan(series, day, list(Agency.objects.current().filter(pk__in=invited).order_by("pk")), by)


def _invite(meeting, agencies, at):
    if inward := [agency.name for agency in agencies if agency.kind in Agency.INWARD]:
        raise ValidationError({"agencies": f"{inward[0]} is a department of the prison and hears of nobody here."})
    MeetingAgency.objects.bulk_create(
        MeetingAgency(meeting=meeting, prison_id=meeting.prison_id, agency=agency, invited_at=at) for agency in agencies
    )


def _tell(meeting, by, what, only=None):
    """A mail to each agency that is invited, or to ``only`` some, that there is something to look at."""
    path = reverse("partners:our_meeting", args=[meeting.pk])
    for invited in meeting.invited.filter(withdrawn_at=None).select_related("agency").order_by("pk"):
        if only is None or invited.agency_id in only:
            about = f"meeting {meeting.pk} {what}"
            mail.ask(kind=Notice.MEETING, path=path, about=about, by=by, agency=invited.agency, prison=meeting.prison)
