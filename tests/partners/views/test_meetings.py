"""The recovery meeting as the team keeps it and as agencies read it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from casework.access import Role
from casework.models import AuditEntry, Consent, Restriction, User
from partners.models import Meeting, MeetingAction, MeetingMinutes, MeetingSeries
from partners.operations import minutes
from tests import factories
from tests.partners import meetings as made
from tests.partners.pages import at, text

pytestmark = pytest.mark.django_db
State = Meeting.State
TODAY = timezone.localdate()


@pytest.fixture
def partner():
    return factories.user(Role.PARTNER, full_name="Pat Pretend")


def listed():
    return AuditEntry.objects.filter(action="meeting.listed").latest("pk").detail["people"]


def begin(client, **given):
    soon = TODAY + timedelta(days=7)
    answers = {
        "from_on": f"{soon:%d/%m/%Y}",
        "at": "10:00",
        "length": "90",
        "weeks": "2",
        "agencies": [factories.agency().pk],
        **given,
    }
    page = client.get(at("make_meetings"))
    return client.post(at("make_meetings"), {**answers, "nonce": page.context["form"]["nonce"].value()})


def test_make_plans_the_first_meeting(client, worker):
    answer = begin(client)

    meeting = Meeting.objects.get()
    assert answer.url == at("meeting", meeting.pk)
    assert "Every 2 weeks" in text(client.get(at("meetings")))


def test_make_shows_what_is_wrong_beside_the_field(client, worker):
    page = begin(client, from_on="1/1/2020", agencies=[])

    assert "Choose at least one agency." in text(page)
    assert "Give a day from today on." in text(begin(client, from_on="1/1/2020"))
    assert not MeetingSeries.objects.exists()


def test_meetings_says_that_none_is_planned(client, worker):
    assert "No meeting is planned" in text(client.get(at("meetings")))


def test_meeting_shows_the_list_and_who_has_to_be_asked_and_is_audited(client, worker):
    meeting = made.meeting()
    agreed, other = made.due("Agreedby", factories.agency()), made.due("Otherby")
    client.post(at("propose_for_meeting", meeting.pk))

    page = text(client.get(at("meeting", meeting.pk)))

    assert "Agreedby" in page
    assert "Due out, and not agreed: 1" in page
    assert "Not asked yet" in page
    assert listed() == sorted([agreed.person_id, other.person_id])


def test_meeting_says_that_somebody_is_hidden_and_not_who(client, worker):
    meeting = made.meeting()
    hidden = made.due("Hiddenby", factories.agency())
    made.item(meeting, hidden)
    restrict(hidden.person)

    page = text(client.get(at("meeting", meeting.pk)))

    assert "One person is not shown to you" in page
    assert "Hiddenby" not in page
    assert client.get(at("meeting_item", meeting.items.get().pk)).status_code == 404


def restrict(person):
    by = factories.user(Role.MANAGER)
    return Restriction.objects.create(
        person=person, prison=factories.prison(), number=person.number, kind="OTHER", reason="Known", made_at=timezone.now(), made_by=by,
    )  # fmt: skip


def test_a_file_that_holds_somebody_hidden_is_not_given_to_whom_it_is_hidden_from(client, worker):
    meeting = made.meeting()
    case = made.due("Hiddenby", factories.agency())
    made.item(meeting, case)
    papers = made.closed(meeting)
    assert client.get(at("minutes", papers[None].pk)).status_code == 200
    restrict(case.person)

    for paper in papers.values():
        assert client.get(at("minutes", paper.pk)).status_code == 404


@pytest.mark.parametrize("rows", [1, 3, 16])
def test_meeting_asks_the_same_number_of_queries(client, worker, rows, django_assert_num_queries):
    meeting = made.meeting()
    for _ in range(rows):
        made.action(made.item(meeting, made.due("Agreedby", factories.agency())))
        made.due("Otherby")
    client.get(at("meeting", meeting.pk))

    with django_assert_num_queries(24):
        client.get(at("meeting", meeting.pk))


def test_the_chair_goes_from_one_person_to_the_next(client, worker):
    meeting = made.meeting(state=State.HELD)
    one = made.item(meeting, made.due("Oneby", factories.agency()), release_on=TODAY)
    two = made.item(meeting, made.due("Twoby", factories.agency()), release_on=TODAY + timedelta(days=1))
    page = client.get(at("meeting_item", one.pk))
    due = f"{TODAY + timedelta(days=3):%d/%m/%Y}"
    answers = {"needs": "A room", "said": "Wants one", "what_1": "Ring", "owner_1": f"w{worker.pk}", "due_1": due}

    answer = client.post(at("meeting_item", one.pk), {**hidden_of(page), **answers})

    assert answer.url == at("meeting_item", two.pk)
    assert MeetingAction.objects.get().worker == worker
    assert client.post(at("meeting_item", two.pk), hidden_of(client.get(answer.url))).url == at("meeting", meeting.pk)


def hidden_of(page):
    form = page.context["form"]
    return {field.html_name: field.value() for field in form.hidden_fields()}


def test_the_chair_is_told_what_an_action_lacks_and_loses_nothing(client, worker):
    item = made.item(made.meeting(state=State.HELD), made.due("Oneby", factories.agency()))
    answers = {**hidden_of(client.get(at("meeting_item", item.pk))), "said": "Wants a room", "what_1": "Ring"}

    page = client.post(at("meeting_item", item.pk), answers)

    assert page.context["form"].errors == {"owner_1": ["Choose who does it."], "due_1": ["Give a day."]}
    assert "Wants a room" in page.content.decode()
    item.refresh_from_db()
    assert item.said == ""


def test_hold_write_close_and_read_the_minutes(client, worker):
    meeting = made.meeting()
    made.item(meeting, made.due("Oneby", factories.agency()))
    client.post(at("hold_meeting", meeting.pk))
    assert "Say first which agencies were there" in text(client.post(at("close_meeting", meeting.pk), follow=True))
    agency = factories.agency()
    answers = {f"came_{agency.pk}": "yes", f"who_{agency.pk}": "Pat", "minutes": "Cold", "team_present": "Kit"}
    client.post(at("write_meeting", meeting.pk), {**hidden_of(client.get(at("write_meeting", meeting.pk))), **answers})

    client.post(at("close_meeting", meeting.pk))

    page = text(client.get(at("minutes_page", meeting.pk)))
    assert "Cold" in page
    assert "Oneby" in page
    assert "Waiting to be built" in text(client.get(at("meeting", meeting.pk)))
    waiting = meeting.papers.get(agency=None)
    assert "HX-Refresh" not in client.get(at("minutes_progress", waiting.pk)).headers
    minutes.build(minutes_id=waiting.pk, by=User.objects.system())
    assert client.get(at("minutes_progress", waiting.pk)).headers["HX-Refresh"] == "true"


def test_a_downloaded_file_is_audited_with_whom_it_holds(client, worker):
    meeting = made.meeting()
    case = made.due("Oneby", factories.agency())
    made.item(meeting, case)
    paper = made.closed(meeting)[None]

    answer = client.get(at("minutes", paper.pk) + "?download")

    assert answer.headers["Content-Disposition"] == f'attachment; filename="meeting-{TODAY:%Y-%m-%d}-1.pdf"'
    trail = AuditEntry.objects.filter(kind="READ").order_by("pk").values_list("action", "detail")
    assert list(trail)[-2:] == [
        ("minutes.opened", {"number": 1}),
        ("minutes.people.listed", {"people": [case.person_id]}),
    ]


def test_minutes_of_whom_somebody_took_it_back_are_made_again(client, worker):
    meeting = made.meeting()
    made.item(meeting, made.due("Oneby", factories.agency()))
    paper = made.closed(meeting)[factories.agency().pk]
    Consent.objects.update(withdrawn_at=timezone.now())
    assert "1 of its people no longer agree." in text(client.get(at("meeting", meeting.pk)))

    client.post(at("minutes_again", paper.pk))

    assert list(MeetingMinutes.objects.filter(agency=paper.agency).values_list("number", "state")) == [
        (2, "WAITING"),
        (1, "STALE"),
    ]


def test_the_release_tab_says_what_the_last_meeting_said(client, worker):
    case = made.due("Oneby", factories.agency(), worker=worker)
    item = made.item(made.meeting(state=State.CLOSED), case, said="Wants a room")
    made.action(item, what="Ring the hostel")

    page = text(client.get(at("release", case.person_id)))

    assert "Wants a room" in page
    assert "Ring the hostel" in page


def test_open_actions_stand_at_the_next_meeting_on_the_list_or_beside_it(client, worker):
    before = made.meeting(state=State.CLOSED, starts_at=timezone.now() - timedelta(days=14))
    stays, gone = made.due("Staysby", factories.agency()), made.due("Goneby")
    made.action(made.item(before, stays), what="Ring the hostel")
    made.action(made.item(before, gone), what="Send on his papers")
    meeting = made.meeting()
    item = made.item(meeting, stays)

    assert "Send on his papers" in text(client.get(at("meeting", meeting.pk)))
    assert "1 from before" in text(client.get(at("meeting", meeting.pk)))
    assert "Ring the hostel" in text(client.get(at("meeting_item", item.pk)))


def test_an_action_is_reported_on_by_staff(client, worker):
    action = made.action(made.item(made.meeting(), made.due()), worker=worker)
    page = client.get(at("meeting_action", action.pk))

    client.post(at("meeting_action", action.pk), {**hidden_of(page), "done": "on", "note": "Rang"})

    action.refresh_from_db()
    assert (action.done_on, action.done_by) == (TODAY, worker)


# The agency's side


def test_an_agency_reads_its_own_people_and_actions_only(client, partner):
    agency, other = factories.agency(), factories.agency("Wirral DIP")
    meeting = made.meeting([agency, other])
    mine = made.item(meeting, made.due("Mineby", agency), needs="A room")
    made.item(meeting, made.due("Theirsby", other))
    made.action(mine, agency=agency, what="Hold a bed")
    made.action(mine, what="Write to the court")
    client.force_login(partner)

    page = text(client.get(at("our_meeting", meeting.pk)))

    words = ["Mineby", "A room", "Hold a bed", "Theirsby", "Write to the court"]
    assert [word in page for word in words] == [True, True, True, False, False]
    assert listed() == [mine.person_id]
    assert "Hold a bed" in text(client.get(at("our_meetings")))


def test_an_agency_that_is_not_invited_finds_nothing(client):
    meeting = made.meeting()
    action = made.action(made.item(meeting, made.due("Mineby", factories.agency())), agency=factories.agency())
    paper = made.closed(meeting)[factories.agency().pk]
    client.force_login(factories.user(Role.PARTNER, agency=factories.agency("Wirral DIP")))

    for name, key in [("our_meeting", meeting), ("our_meeting_action", action), ("our_minutes", paper)]:
        assert client.get(at(name, key.pk)).status_code == 404
    assert "You are invited to no meeting at present" in text(client.get(at("our_meetings")))


def test_an_agency_reports_on_its_action_until_consent_is_withdrawn(client, partner):
    action = made.action(made.item(made.meeting(), made.due("Mineby", factories.agency())), agency=partner.agency)
    client.force_login(partner)
    page = client.get(at("our_meeting_action", action.pk))

    client.post(at("our_meeting_action", action.pk), {**hidden_of(page), "done": "on", "note": "Bed is held"})

    action.refresh_from_db()
    assert (action.done_by, action.note) == (partner, "Bed is held")
    Consent.objects.update(withdrawn_at=timezone.now())
    assert client.get(at("our_meeting_action", action.pk)).status_code == 404


def test_an_agency_opens_its_minutes_until_the_protocol_is_over(client, partner):
    meeting = made.meeting()
    made.item(meeting, made.due("Mineby", factories.agency()))
    papers = made.closed(meeting)
    client.force_login(partner)

    assert client.get(at("our_minutes", papers[partner.agency_id].pk)).content.startswith(b"%PDF")
    assert client.get(at("our_minutes", papers[None].pk)).status_code == 404
    partner.agency.protocols.update(review_on=TODAY - timedelta(days=1))
    assert client.get(at("our_minutes", papers[partner.agency_id].pk)).status_code == 404


def test_an_agency_is_told_that_a_meeting_was_cancelled(client, partner):
    meeting = made.meeting(state=State.CANCELLED, cancelled_why="No room")
    client.force_login(partner)

    assert "It did not take place: No room" in text(client.get(at("our_meeting", meeting.pk)))


@pytest.mark.parametrize("rows", [1, 3, 16])
def test_our_meeting_asks_the_same_number_of_queries(client, partner, rows, django_assert_num_queries):
    meeting = made.meeting()
    for _ in range(rows):
        made.action(made.item(meeting, made.due("Mineby", partner.agency)), agency=partner.agency)
    client.force_login(partner)
    client.get(at("our_meeting", meeting.pk))

    with django_assert_num_queries(16):
        client.get(at("our_meeting", meeting.pk))


STAFF = [
    "meetings", "make_meetings", "meeting", "edit_meeting", "cancel_meeting", "write_meeting", "add_to_meeting", "minutes_page",
    "meeting_item", "meeting_action",
]  # fmt: skip


@pytest.mark.parametrize("name", STAFF)
def test_pages_of_the_team_are_for_the_team_of_this_prison(client, partner, name):
    item = made.item(made.meeting(), made.due())
    action = made.action(item)
    keys = {"meeting_item": [item.pk], "meeting_action": [action.pk], "meetings": [], "make_meetings": []}
    address = at(name, *keys.get(name, [item.meeting_id]))

    client.force_login(partner)
    assert client.get(address).status_code == 403
    client.force_login(factories.user())
    assert client.get(address).status_code == 200
    client.force_login(factories.user(prison=factories.prison("ACI", "Altcourse")))
    assert client.get(address).status_code == (200 if "/" + name in {"/meetings", "/make_meetings"} else 404)


@pytest.mark.parametrize("name", ["our_meetings", "our_meeting"])
def test_pages_of_agencies_are_for_agencies(client, worker, name):
    meeting = made.meeting()

    assert client.get(at(name, *([meeting.pk] if name == "our_meeting" else []))).status_code == 403
