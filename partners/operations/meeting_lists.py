"""Whom a meeting talks about: proposed, added and taken off; what is said of them, and what is to be done by whom."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.access import Role
from casework.models import Case
from partners.models import Meeting, MeetingAction, MeetingItem
from partners.queries import handovers
from partners.queries import meetings as queries

OVER = "The list of this meeting is closed."
NO_EAR = "agreed that an agency which is invited here may hear of them. Ask first, and record the consent."


@transaction.atomic
def propose(*, meeting, by, at=None):
    """Put down whoever is due out within twelve weeks and agreed that an agency at ``meeting`` may hear of it; bring the others up to date.

    Whoever was taken off by hand stays off. Of whom nothing was said yet, and who left or agreed to no agency any more, falls off.
    """
    meeting = _open(meeting)
    cases = list(queries.due_out(meeting, None if by.role == Role.SYSTEM else by))
    listed = {item.case_id: item for item in meeting.items.select_related("case__person", "case__spell")}
    may = queries.heard(meeting, {case.person_id for case in cases} | {item.person_id for item in listed.values()})
    at, dates = at or timezone.now(), {case.pk: case.release_on for case in cases}
    added = [case for case in cases if case.pk not in listed and case.person_id in may]
    for case in added:
        _put_down(meeting, case, dates[case.pk], by, at)
    gone = [item for item in listed.values() if item.removed_at is None and not _belongs(item, may)]
    for item in gone:
        item.removed_at = at
        item.save(update_fields=["removed_at"])
    for item in listed.values():
        if item.removed_at is None and meeting.state == Meeting.State.PLANNED:
            _bring_up_to_date(item, dates)
    audit.record(
        by=by,
        action="meeting.proposed",
        target=meeting,
        added=[case.person_id for case in added],
        removed=[item.person_id for item in gone],
    )
    return len(added), len(gone)


@transaction.atomic
def add(*, meeting, people, by, at=None):
    """Put people down by hand: such as are here, whose case is open, and who agreed that an agency at the meeting may hear of them."""
    meeting, at = _open(meeting), at or timezone.now()
    may, items = queries.heard(meeting, [person.pk for person in people]), []
    for person in people:
        case = Case.objects.open().filter(person=person, prison=meeting.prison_id, spell__ended_at=None).first()
        if case is None:
            raise ValidationError({"numbers": f"{person.name} has no open case here."})
        if person.pk not in may:
            raise ValidationError({"numbers": f"{person.name} has not {NO_EAR}"})
        item = meeting.items.filter(case=case, removed_at=None).first()
        items.append(item or _put_down(meeting, case, handovers.next_release(case.spell), by, at))
    audit.record(by=by, action="meeting.added", target=meeting, people=[person.pk for person in people])
    return items


@transaction.atomic
def remove(*, item, by, at=None):
    """Take somebody off the list. Of whom something was said already stays."""
    row = _locked(item)
    if row.removed_at:
        return row
    if row.said or row.actions.exists():
        raise ValidationError("Something was said of this person, so the minutes keep it.")
    row.removed_at = at or timezone.now()
    row.save(update_fields=["removed_at"])
    audit.record(by=by, action="meeting.removed", target=row, meeting=row.meeting_id)
    return row


@transaction.atomic
def write(*, item, needs, said, by, actions=(), version=None, nonce=None, at=None):
    """Write down what somebody needs and what was said of him, and what is to be done.

    ``actions``: dictionaries with ``what``, ``due_on`` and either ``worker`` or ``agency``. ``nonce``: of the form, so that a second
    sending adds none of them again.
    """
    row = _locked(item)
    nonce, at = nonce or uuid.uuid4(), at or timezone.now()
    if MeetingAction.objects.made_once(uuid.uuid5(nonce, "0")):
        return row  # A double click.
    if not actions and (row.needs, row.said) == (needs, said):
        return row
    if said and row.meeting.state == Meeting.State.PLANNED:
        raise ValidationError({"said": "The meeting has not begun yet. Write what he needs; the rest comes then."})
    own = queries.own_numbers(row.person)
    for field, text in [("needs", needs), ("said", said), *_numbered("what", actions)]:
        if found := queries.strange_numbers(text, own):
            raise ValidationError({field: f"“{found[0]}” is another person’s prison number. Take it out."})
    row.change(version, needs=needs, said=said)
    row.full_clean()
    row.save(update_fields=["needs", "said", "version"])
    may = {agency.pk for agency in queries.heard(row.meeting, [row.person_id]).get(row.person_id, [])}
    for place, action in enumerate(actions):
        _agree(row, place, uuid.uuid5(nonce, str(place)), may, by, at, **action)
    audit.record(
        by=by, action="meeting.said", target=row, meeting=row.meeting_id, version=row.version, actions=len(actions)
    )
    return row


@transaction.atomic
def report(*, action, done, note, by, version=None, on=None):
    """Say of an action that it is done, or is not after all, and a word about it: who has it, or anybody of our team for him."""
    row = MeetingAction.objects.select_for_update(of=["self"]).filter(pk=action.pk).first()
    if row is None:
        raise ValidationError("This is no longer shared.")  # Withdrawn between the page and the click.
    if found := queries.strange_numbers(note, {row.item.identity.get("number")}):
        raise ValidationError({"note": f"“{found[0]}” is another person’s prison number. Take it out."})
    was = bool(row.done_on)
    if (was, row.note) == (done, note):
        return row
    given = {} if was == done else {"done_on": on or timezone.localdate(), "done_by": by}
    if was and not done:
        given = {"done_on": None, "done_by": None}
    row.change(version, note=note, **given)
    row.clean_fields(exclude=["worker", "agency", "done_by", "made_by", "person", "item"])
    row.save(update_fields=["note", "done_on", "done_by", "version"])
    audit.record(by=by, action="meeting_action.reported", target=row, done=done)
    return row


@transaction.atomic
def move(*, removed, kept, journal, by):
    """Two numbers are one person: what meetings said of him moves to the one that is kept. Minutes stay as they were."""
    moved = [
        journal.change(model.objects.filter(person=removed), person=kept) for model in [MeetingItem, MeetingAction]
    ]
    audit.record(by=by, action="meeting.moved", target=kept, removed=removed.pk, count=sum(moved))


@transaction.atomic
def move_back(*, removed, kept, journal, by):
    """They are two people after all: what ``move`` changed is put back."""
    journal.put_back([MeetingItem, MeetingAction])
    journal.check([MeetingItem, MeetingAction], [removed, kept])
    audit.record(by=by, action="meeting.moved_back", target=removed, kept=kept.pk)


def _open(meeting):
    row = Meeting.objects.select_for_update(of=["self"]).get(pk=meeting.pk)
    if not row.is_open:
        raise ValidationError(OVER)
    return row


def _locked(item):
    meeting = _open(item.meeting)
    row = MeetingItem.objects.select_for_update(of=["self"]).select_related("person").get(pk=item.pk)
    row.meeting = meeting
    return row


def _belongs(item, may):
    """Whether somebody stays on the list: something was said or prepared, or he is here, on the caseload, and an agency may hear it."""
    if item.said or item.needs:
        return True
    return item.case.closed_on is None and item.case.spell.ended_at is None and item.person_id in may


def _put_down(meeting, case, release_on, by, at):
    item = MeetingItem(
        meeting=meeting,
        person=case.person,
        prison_id=meeting.prison_id,
        case=case,
        identity=queries.identity(case),
        release_on=release_on,
        listed_by=by,
        listed_at=at,
    )
    item.full_clean()
    item.save()
    return item


def _bring_up_to_date(item, dates):
    """Until the meeting begins the list follows the release date, the keyworker and the name."""
    release_on = dates.get(item.case_id) or handovers.next_release(item.case.spell)
    identity = queries.identity(item.case)
    if (item.release_on, item.identity) != (release_on, identity):
        item.release_on, item.identity = release_on, identity
        item.save(update_fields=["release_on", "identity"])


def _numbered(name, actions):
    """The fields of the form that say ``name`` of each action, and their words."""
    return ((f"{name}_{number}", action[name]) for number, action in enumerate(actions, start=1))


def _agree(item, place, nonce, may, by, at, *, what, due_on, worker=None, agency=None):
    if due_on < timezone.localdate(item.meeting.starts_at):
        raise ValidationError({f"due_{place + 1}": "Give a day that is not before the meeting."})
    if agency and agency.pk not in may:
        raise ValidationError(
            {f"owner_{place + 1}": f"{agency} may not hear of this person, so it can be asked for nothing."}
        )
    action = MeetingAction(
        item=item,
        person_id=item.person_id,
        prison_id=item.prison_id,
        what=what,
        worker=worker,
        agency=agency,
        due_on=due_on,
        made_by=by,
        made_at=at,
        nonce=nonce,
    )
    action.full_clean()
    action.save()
    return action
