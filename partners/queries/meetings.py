"""Reads behind the recovery meeting: who belongs on its list, who may hear of whom, what is still open."""

from collections import defaultdict
from datetime import timedelta

from django.db import connection
from django.db.models import OuterRef, Prefetch, Subquery
from django.utils import timezone

from casework.formats import numbers
from casework.models import Allocation, Case, Consent, FormerNumber, ReleaseDate
from partners.models import Meeting, MeetingAction, MeetingAgency, MeetingItem, MeetingMinutes, Protocol
from partners.queries import handovers

HORIZON = timedelta(weeks=12)
MEETING = Consent.Purpose.MEETING


def due_out(meeting, user=None):
    """Open cases whose person is here and due out within twelve weeks of ``meeting``, soonest first, each with ``release_on``.

    ``user``: whose eyes they are for; the system sees everybody.
    """
    cases = Case.objects.visible_to(user) if user else Case.objects.filter(prison=meeting.prison_id)
    soonest = ReleaseDate.objects.ahead(timezone.localdate()).filter(spell=OuterRef("spell_id")).values("on")[:1]
    until = timezone.localdate(meeting.starts_at) + HORIZON
    return (
        cases.open()
        .filter(spell__ended_at=None)
        .annotate(release_on=Subquery(soonest))
        .filter(release_on__lte=until)
        .select_related("person")
        .order_by("release_on", "pk")
    )


def ears(meeting):
    """The agencies that are invited to ``meeting`` and whose protocol lets it pass today."""
    in_force = Protocol.objects.in_force(timezone.localdate()).filter(prison=meeting.prison_id)
    allowed = in_force.filter(items__contains=[Protocol.Item.OUT_MEETING]).values("agency")
    return MeetingAgency.objects.filter(meeting=meeting, withdrawn_at=None, agency__in=allowed).values("agency")


def heard(meeting, people):
    """Key of a person → the agencies at ``meeting`` that may hear of him: those that agreed with us, and that he agreed to."""
    consents = Consent.objects.live(timezone.localdate()).filter(
        purpose=MEETING, prison=meeting.prison_id, person__in=people, agency__in=ears(meeting)
    )
    found = defaultdict(list)
    for consent in consents.select_related("agency").order_by("agency__name"):
        found[consent.person_id].append(consent.agency)
    return found


def not_agreed(meeting, user):
    """Whoever is due out and agreed to none of the agencies that may come: cases, each with ``answer`` in words. Ask them."""
    cases = list(due_out(meeting, user))
    people = [case.person_id for case in cases]
    may, last = heard(meeting, people), {}
    answers = Consent.objects.filter(
        purpose=MEETING, prison=meeting.prison_id, person__in=people, agency__in=ears(meeting)
    )
    for answer in answers.order_by("recorded_at", "pk"):
        last[answer.person_id] = answer
    left = [case for case in cases if case.person_id not in may]
    for case in left:
        case.answer = _answer(last.get(case.person_id))
    return left


def _answer(consent):
    if consent is None:
        return "Not asked yet"
    state = consent.state_on(timezone.localdate())
    if state == Consent.State.REFUSED:
        return f"Refused on {_day(consent.asked_on)}"
    if state == Consent.State.WITHDRAWN:
        return f"Withdrawn on {_day(timezone.localdate(consent.withdrawn_at))}"
    return f"Ran out on {_day(consent.expires_on)}"


def items(meeting, user):
    """What ``meeting`` says of the people whom ``user`` may see, soonest release first, each with ``agreed`` (its actions).

    ``earlier``: what earlier meetings asked for and nobody has done. ``heard_by``, ``worker``: agencies that may hear it, and who holds
    the case, for staff.
    """
    rows = list(
        MeetingItem.objects.visible_to(user)
        .filter(meeting=meeting, removed_at=None)
        .select_related("person" if not user.is_partner else "meeting")
        .prefetch_related(Prefetch("actions", _actions(user), to_attr="agreed"))
        .order_by("release_on", "pk")
    )
    people = {row.person_id for row in rows}
    before = defaultdict(list)
    for action in still_open(meeting, user).filter(person__in=people):
        before[action.person_id].append(action)
    for row in rows:
        row.earlier = before[row.person_id]
    if not user.is_partner:
        _for_staff(meeting, rows)
    return rows


def _for_staff(meeting, rows):
    may = heard(meeting, {row.person_id for row in rows})
    held = Allocation.objects.filter(case__in=[row.case_id for row in rows], until_at=None).select_related("worker")
    workers = {allocation.case_id: allocation.worker.full_name for allocation in held}
    for row in rows:
        row.heard_by, row.worker = may.get(row.person_id, []), workers.get(row.case_id, "Nobody")


def _actions(user):
    return MeetingAction.objects.visible_to(user).select_related("worker", "agency").order_by("due_on", "pk")


def still_open(meeting, user):
    """Actions of meetings before ``meeting`` that nobody has done: they stand on its list as well."""
    rows = _actions(user).open().filter(item__removed_at=None, item__meeting__starts_at__lt=meeting.starts_at)
    return rows.filter(prison=meeting.prison_id).exclude(item__meeting=meeting)


def left_over(meeting, user):
    """Those of ``still_open`` about people who are not on the list of ``meeting``: out of the gate, or not agreed any more."""
    listed = MeetingItem.objects.filter(meeting=meeting, removed_at=None).values("person")
    return still_open(meeting, user).exclude(person__in=listed).select_related("person", "item")


def hidden(meeting):
    """How many people on the list of ``meeting`` are hidden from who asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ww.hidden_items(%s)", [meeting.pk])
        return cursor.fetchone()[0]


def identity(case):
    """Who it is, as an agency that may hear it reads it: it has no way to the person's own record."""
    held = Allocation.objects.filter(case=case, until_at=None).select_related("worker").first()
    return {**handovers.identity(case.person), "worker": held.worker.full_name if held else None}


def own_numbers(person):
    """The prison numbers of a person, of now and of before."""
    return {person.number, *FormerNumber.objects.filter(person=person).values_list("number", flat=True)}


def strange_numbers(text, own):
    """Prison numbers in ``text`` that are none of ``own``: of somebody who never agreed to anything."""
    return [typed for typed in numbers.prison_numbers_in(text) if numbers.normalise(typed) not in own]


def papers(meeting, user):
    """The current minutes of ``meeting`` as files, the prison's own first, each with ``gone``: how many of its people its agency
    may not hear of any more, so that it is not given."""
    rows = list(
        MeetingMinutes.objects.visible_to(user)
        .filter(meeting=meeting)
        .exclude(state=MeetingMinutes.State.STALE)
        .without_bytes()
        .select_related("agency")
        .order_by("agency__name")
    )
    rows.sort(key=lambda row: row.agency_id is not None)
    people = dict(MeetingItem.objects.visible_to(user).filter(meeting=meeting).values_list("pk", "person"))
    may = heard(meeting, set(people.values()))
    for row in rows:
        held = [people[item] for item in row.items] if row.agency_id else []
        row.gone = sum(all(agency.pk != row.agency_id for agency in may.get(person, [])) for person in held)
    return rows


def of_person(person, user):
    """What the last meeting that was held said of ``person``, and the actions that are open."""
    said = MeetingItem.objects.visible_to(user).filter(person=person, removed_at=None)
    done = [Meeting.State.HELD, Meeting.State.CLOSED]
    last = said.filter(meeting__state__in=done).select_related("meeting").order_by("-meeting__starts_at").first()
    ahead = said.filter(meeting__state=Meeting.State.PLANNED).select_related("meeting").first()
    return {"last_item": last, "next_item": ahead, "open_actions": list(_actions(user).open().filter(person=person))}


def own_actions(user):
    """Open actions that meetings gave to ``user``, or to his agency, soonest first, each with whom it is about."""
    rows = _actions(user).open().filter(item__removed_at=None)
    if user.is_partner:
        return rows.select_related("item", "item__meeting", "agency")
    return rows.filter(worker=user).select_related("item", "item__meeting", "person")


def _day(value):
    return f"{value.day} {value:%B %Y}"
