"""Who stands on the list of a meeting, what is said of him, and who does what."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from casework.models import Case, Consent, CustodySpell, PersonMerge, User
from casework.operations import person as people
from partners.models import Meeting, MeetingAction, MeetingItem
from partners.operations import meeting_lists as operations
from tests import factories
from tests.partners import meetings as made

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
State = Meeting.State


def names(meeting):
    return [item.person.surname for item in meeting.items.filter(removed_at=None).order_by("release_on", "pk")]


def test_propose_lists_who_is_due_out_within_twelve_weeks_and_agreed():
    liverpool, wirral = factories.agency(), factories.agency("Wirral DIP")
    meeting = made.meeting([liverpool])
    made.due("Agreedby", liverpool, days=84)
    made.due("Soonby", liverpool, days=3)
    made.due("Toolateby", liverpool, days=85)
    made.due("Otherby", wirral)
    made.due("Notaskedby")
    refused = made.due("Refusedby")
    factories.consent(refused.person, purpose=made.MEETING, given=False)
    ran_out = made.due("Ranoutby")
    over = {"asked_on": TODAY - timedelta(days=9), "expires_on": TODAY - timedelta(days=1)}
    factories.consent(ran_out.person, purpose=made.MEETING, **over)
    handover = made.due("Handoverby")
    factories.consent(handover.person)

    assert operations.propose(meeting=meeting, by=meeting.made_by) == (2, 0)
    assert operations.propose(meeting=meeting, by=User.objects.system()) == (0, 0)

    assert names(meeting) == ["Soonby", "Agreedby"]


def test_propose_asks_the_protocol_as_well():
    meeting = made.meeting()
    made.due("Agreedby", factories.agency())
    factories.agency().protocols.update(items=["OUT_HANDOVER"])

    assert operations.propose(meeting=meeting, by=meeting.made_by) == (0, 0)


def test_propose_leaves_off_who_was_taken_off_and_lets_go_who_left_or_took_it_back():
    meeting = made.meeting()
    for surname in ["Offby", "Leftby", "Backby", "Saidby"]:
        made.due(surname, factories.agency())
    operations.propose(meeting=meeting, by=meeting.made_by)
    items = {item.person.surname: item for item in meeting.items.all()}
    operations.remove(item=items["Offby"], by=meeting.made_by)
    CustodySpell.objects.filter(person=items["Leftby"].person).update(ended_at=timezone.now(), end="RELEASED")
    for surname in ["Backby", "Saidby"]:
        Consent.objects.filter(person=items[surname].person).update(withdrawn_at=timezone.now())
    operations.write(item=items["Saidby"], needs="A room", said="", by=meeting.made_by)

    operations.propose(meeting=meeting, by=meeting.made_by)

    assert names(meeting) == ["Saidby"]


def test_propose_follows_the_release_date_until_the_meeting_begins():
    meeting = made.meeting()
    case = made.due("Movedby", factories.agency(), days=20)
    operations.propose(meeting=meeting, by=meeting.made_by)
    case.spell.release_dates.update(on=TODAY + timedelta(days=5))

    operations.propose(meeting=meeting, by=meeting.made_by)
    Meeting.objects.filter(pk=meeting.pk).update(state=State.HELD)
    case.spell.release_dates.update(on=TODAY + timedelta(days=6))
    operations.propose(meeting=meeting, by=meeting.made_by)

    assert meeting.items.get().release_on == TODAY + timedelta(days=5)


def test_add_asks_consent_and_an_open_case():
    meeting, case = made.meeting(), made.due("Testerton", days=300)
    with pytest.raises(ValidationError, match="has not agreed that an agency"):
        operations.add(meeting=meeting, people=[case.person], by=meeting.made_by)
    factories.consent(case.person, purpose=made.MEETING)

    for _ in range(2):
        operations.add(meeting=meeting, people=[case.person], by=meeting.made_by)

    assert names(meeting) == ["Testerton"]
    Case.objects.update(closed_on=TODAY, close_reason="COMPLETED", closed_by=case.opened_by)
    with pytest.raises(ValidationError, match="no open case"):
        operations.add(meeting=meeting, people=[case.person], by=meeting.made_by)


def test_write_saves_what_was_said_and_the_actions_once():
    meeting = made.meeting(state=State.HELD)
    item, nonce = made.item(meeting, made.due("Testerton", factories.agency())), uuid.uuid4()
    due_on = TODAY + timedelta(days=3)
    actions = [
        {"what": "Ring the hostel", "due_on": due_on, "worker": meeting.made_by},
        {"what": "Book a place", "due_on": due_on, "agency": factories.agency()},
    ]

    for _ in range(2):
        operations.write(
            item=item, needs="A room", said="Wants one.", actions=actions, version=1, nonce=nonce, by=meeting.made_by
        )

    assert list(item.actions.values_list("what", "worker", "agency__name")) == [
        ("Ring the hostel", meeting.made_by.pk, None),
        ("Book a place", None, "Liverpool DIP"),
    ]
    item.refresh_from_db()
    assert (item.needs, item.said, item.version) == ("A room", "Wants one.", 2)
    with pytest.raises(ValidationError, match="Somebody else changed this"):
        operations.write(item=item, needs="", said="", version=1, by=meeting.made_by)


def test_write_refuses_words_about_others_early_days_agencies_that_may_not_hear_and_closed_minutes():
    meeting = made.meeting([factories.agency(), factories.agency("Wirral DIP")], state=State.HELD)
    item = made.item(meeting, made.due("Testerton", factories.agency()))

    def refused(match, **given):
        with pytest.raises(ValidationError, match=match):
            operations.write(**{"item": item, "needs": "", "said": "", "by": meeting.made_by, **given})

    early = {"what": "Ring", "due_on": TODAY - timedelta(days=1), "worker": meeting.made_by}
    deaf = {"what": "Ring", "due_on": TODAY, "agency": factories.agency("Wirral DIP")}
    refused("another person’s prison number", said="Shares with A1234BC.")
    refused("not before the meeting", actions=[early])
    refused("may not hear of this person", actions=[deaf])
    Meeting.objects.filter(pk=meeting.pk).update(state=State.CLOSED)
    refused("closed", said="More")
    assert MeetingAction.objects.count() == 0


def test_write_prepares_needs_before_the_meeting_and_nothing_else():
    meeting = made.meeting()
    item = made.item(meeting, made.due())

    operations.write(item=item, needs="A room", said="", by=meeting.made_by)

    with pytest.raises(ValidationError, match="has not begun yet"):
        operations.write(item=item, needs="A room", said="Wants one", by=meeting.made_by)


def test_remove_keeps_of_whom_something_was_said():
    meeting = made.meeting(state=State.HELD)
    item = made.item(meeting, made.due(), said="Wants a room")

    with pytest.raises(ValidationError, match="the minutes keep it"):
        operations.remove(item=item, by=meeting.made_by)
    other = made.item(meeting, made.due())
    for _ in range(2):
        operations.remove(item=other, by=meeting.made_by)
    assert MeetingItem.objects.exclude(removed_at=None).get() == other


def test_report_says_that_it_is_done_and_that_it_is_not_after_all():
    action = made.action(made.item(made.meeting(state=State.CLOSED), made.due()))

    operations.report(action=action, done=True, note="Rang", version=1, by=action.worker)
    action.refresh_from_db()
    assert (action.done_on, action.done_by, action.note) == (TODAY, action.worker, "Rang")
    operations.report(action=action, done=False, note="Wrong one", version=2, by=action.worker)
    action.refresh_from_db()
    assert (action.done_on, action.done_by, action.note) == (None, None, "Wrong one")
    with pytest.raises(ValidationError, match="Somebody else changed this"):
        operations.report(action=action, done=True, note="", version=1, by=action.worker)
    with pytest.raises(ValidationError, match="another person’s"):
        operations.report(action=action, done=True, note="A1234BC", version=3, by=action.worker)


def test_what_was_said_moves_when_two_records_are_one_person_and_back():
    meeting = made.meeting(state=State.CLOSED)
    kept, removed = made.due("Testerton"), made.due("Testerten")
    items = [made.item(meeting, kept), made.item(meeting, removed)]
    action = made.action(items[1])
    by = factories.user("MANAGER")

    people.merge(removed=removed.person, kept=kept.person, at=timezone.now(), by=by)
    action.refresh_from_db()
    assert (action.person, set(MeetingItem.objects.values_list("person", flat=True))) == (kept.person, {kept.person_id})

    people.unmerge(asked=PersonMerge.objects.get(), at=timezone.now(), by=by)
    action.refresh_from_db()
    assert action.person == removed.person
