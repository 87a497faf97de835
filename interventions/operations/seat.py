"""Who is expected at a session. What stands against somebody is asked of ``queries.separation``."""

import uuid
from collections import defaultdict

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from interventions.models import GroupSession, Seat
from interventions.queries import group, places, readiness, separation

LEFT = "The person left the prison."
FULL = separation.Finding("FULL", "It is full.", firm=True)


@transaction.atomic
def add(*, session, people, by, despite="", nonce=None):
    """Expect ``people`` at a session: all of them, or none.

    ValidationError says why not: beside ``numbers`` what no reason helps against, beside ``despite`` what needs one.
    """
    nonce = nonce or uuid.uuid4()
    if made := Seat.objects.made_once(nonce):
        return [made]
    session = _open(session)
    if not people:
        raise ValidationError({"numbers": "Say who."})
    found = separation.findings(session, people, by)
    refused = [_already(person, session) for person in people if _is_expected(person, session)]
    refused += [f"{person.name}: {each.text}" for person in people for each in found[person.pk] if each.firm]
    left = places.left(session)
    if len(people) > left:
        refused.append("It is full." if left < 1 else f"There is place for {left} more.")
    if refused:
        raise ValidationError({"numbers": refused})
    open_to_reason = [f"{person.name}: {each.text}" for person in people for each in found[person.pk]]
    if open_to_reason and not despite:
        raise ValidationError({"despite": [*open_to_reason, "Say why this is all right, or leave them out."]})
    enrolments = group.places_in(session.series_id, people, by)
    rows = [_seat(session, person, by, found[person.pk], despite, enrolments.get(person.pk)) for person in people]
    rows[0].nonce = nonce
    _write(rows)
    audit.record(by=by, action="seat.added", target=session, people=[person.pk for person in people])
    return rows


@transaction.atomic
def add_enrolled(*, session, by):
    """Expect everybody who has a place in the series, but for those against whom anything stands, and no more than there is place for.

    Returns the seats, and name → why for those who were left out. The same again changes nothing.
    """
    session = _open(session)
    enrolments = list(group.enrolled(session, by))
    people = [row.person for row in enrolments]
    found = separation.findings(session, people, by) if people else {}
    left, rows, against = places.left(session), [], {}
    for enrolment in enrolments:
        if found[enrolment.person_id]:
            against[enrolment.person.name] = " ".join(each.text for each in found[enrolment.person_id])
        elif len(rows) >= left:
            against[enrolment.person.name] = FULL.text
        else:
            rows.append(_seat(session, enrolment.person, by, [], "", enrolment))
    _write(rows)
    audit.record(by=by, action="seat.enrolled", target=session, people=[row.person_id for row in rows])
    return rows, against


@transaction.atomic
def follow(*, enrolment, by):
    """Expect somebody who has a place at the sessions of his series still to come, but where anything stands against it.

    Sessions that stand for another are for those who missed that one. Returns at how many he is expected now, and what stands against
    it → the sessions that he is left out of. The same again changes nothing.
    """
    GroupSession.objects.one_at_a_time(enrolment.prison_id)
    coming = list(group.to_come(enrolment.series).filter(stands_for=None))
    own = Seat.objects.expected().filter(session__in=coming, person=enrolment.person_id)
    there = set(own.values_list("session", flat=True))
    own.filter(enrolment=None).update(enrolment=enrolment)
    rows, left_out = [], defaultdict(list)
    wanted = [each for each in coming if each.pk not in there]
    against, left = separation.findings_at(wanted, enrolment.person, by), places.left_at(wanted)
    for session in wanted:
        found = against[session.pk] or ([FULL] if left[session.pk] < 1 else [])
        for finding in found:
            left_out[finding].append(session)
        if not found:
            rows.append(_seat(session, enrolment.person, by, [], "", enrolment))
    _write(rows)
    audit.record(by=by, action="seat.followed", target=enrolment, sessions=[row.session_id for row in rows])
    return len(there) + len(rows), dict(left_out)


@transaction.atomic
def remove(*, seat, why, by):
    """Somebody is no longer expected, and why. Who was marked in the register stays. The same again changes nothing."""
    seat = Seat.objects.select_for_update(no_key=True, of=["self"]).get(pk=seat.pk)
    if seat.removed_at:
        return seat
    if seat.contact_id:
        raise ValidationError("The register says what came of it. Change it there.")
    seat.change(None, removed_at=timezone.now(), removed_by=by, removed_why=why)
    seat.clean_fields()
    seat.save(update_fields=["removed_at", "removed_by", "removed_why", "version"])
    audit.record(by=by, action="seat.removed", target=seat, session=seat.session_id)
    return seat


@transaction.atomic
def accept(*, seat, why, by):
    """Somebody is expected all the same, and why: what stands against him by now is not shown again. What no reason helps against stays."""
    seat = (
        Seat.objects.select_for_update(no_key=True, of=["self"]).select_related("session", "enrolment").get(pk=seat.pk)
    )
    _open(seat.session)
    looks = readiness.to_look_at(by, [seat.session])
    found = [each.finding for look in looks for each in look.problems if each.seat and each.seat.pk == seat.pk]
    codes = [finding.code for finding in found if not finding.firm]
    if not codes:
        raise ValidationError("Nothing stands against this person that a reason would help.")
    seat.change(None, despite=why, accepted=sorted({*seat.accepted, *codes}))
    seat.clean_fields()
    seat.save(update_fields=["despite", "accepted", "version"])
    audit.record(by=by, action="seat.accepted", target=seat, session=seat.session_id, codes=codes)
    return seat


@transaction.atomic
def leave(*, spells, at, by):
    """People left: they are expected nowhere any more."""
    people, prisons = {spell.person_id for spell in spells}, {spell.prison_id for spell in spells}
    rows = Seat.objects.expected().filter(
        person__in=people, prison__in=prisons, period__startswith__gt=at, contact=None
    )
    keys = list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
    Seat.objects.filter(pk__in=keys).update(removed_at=at, removed_by=by, removed_why=LEFT)
    if keys:
        audit.record(by=by, action="seat.left", prison=spells[0].prison, seats=keys)


@transaction.atomic
def move(*, removed, kept, journal, by):
    """Two numbers are one person: his seats move to the one that is kept, but where that one is expected at the same time already."""
    seats = Seat.objects.filter(person=removed)
    own = Seat.objects.expected().filter(person=kept)
    twice = [seat.pk for seat in seats.expected() if own.filter(period__overlap=seat.period).exists()]
    values = {"removed_at": timezone.now(), "removed_by": by, "removed_why": "Recorded under another number."}
    journal.change(Seat.objects.filter(pk__in=twice), **values)
    count = journal.change(seats, person=kept)
    audit.record(by=by, action="seat.moved", target=kept, removed=removed.pk, count=count)


@transaction.atomic
def move_back(*, removed, kept, journal, by):
    """They are two people after all: what ``move`` changed is put back."""
    journal.put_back([Seat])
    journal.check([Seat], [removed, kept])
    audit.record(by=by, action="seat.moved_back", target=removed, kept=kept.pk)


def _open(session):
    GroupSession.objects.one_at_a_time(session.prison_id)
    session = GroupSession.objects.select_for_update(no_key=True, of=["self"]).select_related("room").get(pk=session.pk)
    if not session.is_open:
        raise ValidationError(f"Nobody can be expected here any more: {session.get_state_display().lower()}.")
    return session


def _is_expected(person, session):
    return Seat.objects.expected().filter(session=session, person=person).exists()


def _already(person, session):
    return f"{person.name} is expected here already."


def _seat(session, person, by, found, despite, enrolment=None):
    return Seat(
        session=session, person=person, prison_id=session.prison_id, enrolment=enrolment, period=session.period, added_by=by,
        added_at=timezone.now(), despite=despite if found else "", accepted=sorted(each.code for each in found),
    )  # fmt: skip


def _write(rows):
    for row in rows:
        row.clean_fields(exclude=["session", "person", "prison", "enrolment", "added_by"])
    Seat.objects.bulk_create(rows)
