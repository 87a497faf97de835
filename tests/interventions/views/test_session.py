from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, CustodySpell, Location, Room
from interventions.models import Appointment, Contact, ContactType
from interventions.queries import session as queries
from tests import factories

pytestmark = pytest.mark.django_db
ALTCOURSE = ("ACI", "Altcourse (HMP)")
HALF = timedelta(minutes=30)


@pytest.fixture
def worker(client):
    """A keyworker who has signed in."""
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made


@pytest.fixture
def case(worker):
    return factories.case(spell=factories.spell(), worker=worker)


def kind(code):
    return ContactType.objects.get(code=code)


def answers(code="BRIEF", **given):
    """What one sends who fills in no more than an ordinary session needs."""
    usual = {"type": kind(code).pk, "outcome": "TOOK_PLACE", "minutes": "", "note": "Talked about sleep"}
    return {**usual, "at": "14/10/2026 09:30", "place": "A wing", "nonce": uuid4(), **given}


def opened(action):
    return list(AuditEntry.objects.filter(action=action).values_list("by_id", "person_id"))


def errors(response):
    return response.context["form"].errors


# The sessions of a person


def test_list_shows_the_newest_first(client, worker, case):
    old = factories.contact(case, at=factories.at(hour=9), note="First words")
    new = factories.contact(case, at=factories.at(hour=10), outcome="REGIME_CURTAILED")

    response = client.get(reverse("interventions:list", args=[case.person_id]))

    assert response.context["page"].rows == [new, old]
    assert "First words" in response.text
    assert "Prison: regime curtailed" in response.text
    assert opened("sessions.opened") == [(worker.pk, case.person_id)]


def test_list_is_narrowed_by_kind_and_outcome(client, case):
    brief = factories.contact(case, type=kind("BRIEF"))
    refused = factories.contact(case, type=kind("BRIEF"), outcome="PERSON_REFUSED")
    factories.contact(case)

    def shown(**query):
        return client.get(reverse("interventions:list", args=[case.person_id]), query).context["page"].rows

    assert shown(type=kind("BRIEF").pk) == [refused, brief]
    assert shown(type=kind("BRIEF").pk, outcome="PERSON_REFUSED") == [refused]
    assert shown(outcome="TEAM_NO_ROOM") == []


def test_list_pages_by_key_and_keeps_the_filter(client, case, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    first, second, third = (factories.contact(case, type=kind("BRIEF")) for _ in range(3))
    url = reverse("interventions:list", args=[case.person_id])

    begin = client.get(url, {"type": kind("BRIEF").pk})
    after = client.get(url + begin.context["next_url"])

    assert [begin.context["page"].rows, after.context["page"].rows] == [[third, second], [first]]
    assert after.context["filter"].cleaned_data["type"] == kind("BRIEF")


def test_list_shows_nothing_of_another_prison(client, case):
    altcourse = factories.prison(*ALTCOURSE)
    there = factories.case(spell=factories.spell(case.person, prison=altcourse))
    factories.contact(there)

    assert client.get(reverse("interventions:list", args=[case.person_id])).context["page"].rows == []


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_the_same_number_of_queries(client, case, count, django_assert_num_queries):
    for _ in range(count):
        factories.contact(case)

    with django_assert_num_queries(26):
        client.get(reverse("interventions:list", args=[case.person_id]))


def test_show_shows_the_note_and_under_which_case(client, worker, case):
    session = factories.contact(case, note="First line\n\nSecond <line>")

    response = client.get(reverse("interventions:show", args=[session.pk]))

    assert "<p>First line</p>" in response.text
    assert "Second &lt;line&gt;" in response.text
    assert "Opened on 14 October 2026" in response.text
    assert opened("session.opened") == [(worker.pk, case.person_id)]


# Logging one


def test_log_makes_one_session_of_two_clicks(client, worker, case):
    url, data = reverse("interventions:log", args=[case.person_id]), answers("ONE_TO_ONE", worker=worker.pk)

    first, second = client.post(url, data), client.post(url, data)

    session = Contact.objects.get()
    assert (session.person, session.case, session.worker, session.minutes) == (case.person, case, worker, 45)
    assert (session.at, session.place) == (factories.at(hour=9) + timedelta(minutes=30), "A wing")
    assert [first.url, second.url] == [reverse("interventions:list", args=[case.person_id])] * 2
    assert "Structured one-to-one with Sam Testerton saved." in client.get(first.url).text


def test_log_goes_on_to_another_when_asked(client, worker, case):
    url = reverse("interventions:log", args=[case.person_id])

    response = client.post(url, answers(worker=worker.pk, another="Save and log another"))

    assert response.url == url
    assert Contact.objects.count() == 1


def test_log_begins_with_what_is_likely(client, worker, case):
    Location.objects.filter(spell=case.spell).update(wing=factories.wing("A"))
    url = reverse("interventions:log", args=[case.person_id])

    form = client.get(url).context["form"]
    factories.contact(case, worker=worker, place="Room 3")
    again = client.get(url).context["form"]

    begin = {name: form[name].value() for name in ["type", "outcome", "worker", "place", "minutes"]}
    assert begin == {
        "type": kind("ONE_TO_ONE").pk,
        "outcome": "TOOK_PLACE",
        "worker": worker.pk,
        "place": "A wing",
        "minutes": None,
    }
    assert f"{form['at'].value():%H:%M}" == "10:15"  # 45 minutes ago
    assert again["place"].value() == "Room 3"


def test_log_begins_with_a_brief_contact_where_no_case_is_open(client, worker):
    spell = factories.spell()

    form = client.get(reverse("interventions:log", args=[spell.person_id])).context["form"]

    assert form["type"].value() == kind("BRIEF").pk


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"at": "14/10/2026 11:30"}, {"at": ["This is in the future. Write a session up when it is over."]}),
        ({"at": "13/9/2026 10:00"}, {"at": ["Sam Testerton came here on 14 September 2026."]}),
        ({"at": "yesterday"}, {"at": ["Write the day and the time, for example 27/3/2026 14:30."]}),
        ({"minutes": "0"}, {"minutes": ["Minutes are between 1 and 480."]}),
        ({"minutes": "600"}, {"minutes": ["Minutes are between 1 and 480."]}),
        (
            {"at": "14/10/2026 11:30", "minutes": "600", "next_at": "soon"},
            {
                "at": ["This is in the future. Write a session up when it is over."],
                "minutes": ["Minutes are between 1 and 480."],
                "next_at": ["Write the day and the time, for example 27/3/2026 14:30."],
            },
        ),
        ({"place": "x" * 61}, {"place": ["Shorten this to 60 characters. It has 61."]}),
    ],
)
def test_log_shows_a_refusal_beside_its_field(client, worker, case, given, said):
    data = answers(worker=worker.pk, note="Kept as typed", **given)

    response = client.post(reverse("interventions:log", args=[case.person_id]), data)

    assert errors(response) == said
    assert "Kept as typed" in response.text
    assert Contact.objects.count() == 0


def test_log_wants_a_case_for_structured_work(client, worker):
    spell = factories.spell()

    response = client.post(
        reverse("interventions:log", args=[spell.person_id]), answers("ONE_TO_ONE", worker=worker.pk)
    )

    assert list(errors(response)) == ["type"]
    assert "has no open case on" not in response.text


def test_log_refuses_a_worker_of_another_prison(client, worker, case):
    stranger = factories.user(prison=factories.prison(*ALTCOURSE))

    response = client.post(reverse("interventions:log", args=[case.person_id]), answers(worker=stranger.pk))

    assert list(errors(response)) == ["worker"]


def test_log_of_somebody_who_left_says_when(client, worker, case):
    CustodySpell.objects.filter(pk=case.spell_id).update(ended_at=factories.at(hour=1) - timedelta(days=1), end="DIED")

    response = client.post(reverse("interventions:log", args=[case.person_id]), answers(worker=worker.pk))

    assert errors(response) == {"at": ["Sam Testerton died on 13 October 2026."]}


def test_log_takes_the_minute_it_ended_as_now_and_puts_the_cursor_in_the_first_question(client, worker, case):
    page = client.get(reverse("interventions:log", args=[case.person_id])).text

    assert page.count("autofocus") == 1
    assert page.index("autofocus") < page.index("What happened?")


def test_log_keeps_what_was_talked_about_and_the_goals(client, worker, case):
    goal, done = factories.goal(plan := factories.plan(case), words="I want to sleep"), factories.goal(plan)
    factories.end(done, outcome="ACHIEVED", outcome_on=factories.DAY)
    url = reverse("interventions:log", args=[case.person_id])

    offered = client.get(url).context["form"]
    client.post(url, answers("ONE_TO_ONE", worker=worker.pk, topics=["SLEEP", "MOOD"], goals=[goal.pk]))

    session = Contact.objects.get()
    shown = client.get(reverse("interventions:show", args=[session.pk]))
    assert list(offered.fields["goals"].queryset) == [goal]
    assert session.topics == ["SLEEP", "MOOD"]
    assert (shown.context["topics"], shown.context["goals"]) == (["Sleep", "Mood and stress"], [goal])
    assert "I want to sleep" in shown.text


def test_log_asks_nothing_about_goals_where_there_is_no_plan(client, worker, case):
    assert "goals" not in client.get(reverse("interventions:log", args=[case.person_id])).context["form"].fields


@pytest.mark.parametrize("given", [{"topics": ["NOTHING"]}, {"goals": ["0"]}, {"goals": ["x"]}])
def test_log_refuses_topics_and_goals_that_are_not_offered(client, worker, case, given):
    factories.goal(factories.plan(case))

    response = client.post(reverse("interventions:log", args=[case.person_id]), answers(worker=worker.pk, **given))

    assert list(errors(response)) == list(given)
    assert Contact.objects.count() == 0


def test_log_of_what_did_not_take_place_touches_nothing(client, worker, case):
    goal = factories.goal(factories.plan(case))
    given = {"topics": ["SLEEP"], "goals": [goal.pk], "outcome": "PERSON_REFUSED"}

    response = client.post(reverse("interventions:log", args=[case.person_id]), answers(worker=worker.pk, **given))

    said = ["Nothing was worked on: the session did not take place."]
    assert errors(response) == {"topics": said, "goals": said}
    assert Contact.objects.count() == 0


def test_log_plans_the_next_session_with_it(client, worker, case):
    room = Room.objects.create(prison=case.prison, name="A1 interview room")
    url = reverse("interventions:log", args=[case.person_id])
    data = answers("ONE_TO_ONE", worker=worker.pk, next_at="21/10/2026 09:30", next_room=room.pk)

    for _ in range(2):
        client.post(url, data)

    made = Appointment.objects.get()
    assert (made.person, made.worker, made.type.code, made.minutes) == (case.person, worker, "ONE_TO_ONE", 45)
    assert (made.at, made.room, made.place) == (factories.at(factories.DAY + timedelta(days=7), 9) + HALF, room, "")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("14/10/2026 10:00", "Give a time from now on, within a year. What is over is written up, not planned."),
        ("soon", "Write the day and the time, for example 27/3/2026 14:30."),
    ],
)
def test_log_saves_nothing_where_the_next_session_cannot_be(client, worker, case, given, said):
    data = answers(worker=worker.pk, next_at=given)

    response = client.post(reverse("interventions:log", args=[case.person_id]), data)

    assert errors(response) == {"next_at": [said]}
    assert (Contact.objects.count(), Appointment.objects.count()) == (0, 0)


def test_log_tells_what_stands_against_the_next_session_and_lets_it_be(client, worker, case):
    factories.appointment(case, worker=factories.user(full_name="Olu"), at=factories.at(hour=14))
    url, data = reverse("interventions:log", args=[case.person_id]), answers(worker=worker.pk)

    refused = client.post(url, {**data, "next_at": "14/10/2026 14:20"})
    client.post(url, {**data, "next_at": "14/10/2026 14:20", "anyway": "on"})

    assert errors(refused) == {"next_at": ["The person has another session, with Olu, 14:00 to 14:45."]}
    assert "Plan it all the same" in refused.text
    assert (Contact.objects.count(), Appointment.objects.count()) == (1, 2)


def test_log_tells_beside_the_room_that_somebody_has_it_then(client, worker, case):
    room = Room.objects.create(prison=case.prison, name="A1 interview room")
    factories.appointment(worker=factories.user(full_name="Olu"), room=room, at=factories.at(hour=14))
    data = answers(worker=worker.pk, next_at="14/10/2026 14:20", next_room=room.pk, anyway="on", note="Kept as typed")

    response = client.post(reverse("interventions:log", args=[case.person_id]), data)

    said = ["A1 interview room is taken by Olu, 14:00 to 14:45. Choose another room, or another time."]
    assert errors(response) == {"next_room": said}
    assert "Kept as typed" in response.text
    assert (Contact.objects.count(), Appointment.objects.count()) == (0, 1)


# Who may

PAGES = ["list", "show", "log"]


def address(page, session):
    return reverse(f"interventions:{page}", args=[session.pk if page == "show" else session.person_id])


@pytest.mark.parametrize("page", PAGES)
def test_another_prison_finds_nothing(client, page):
    session = factories.contact()
    client.force_login(factories.user(prison=factories.prison(*ALTCOURSE)))

    assert client.get(address(page, session)).status_code == 404


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PARTNER, Role.AUDITOR])
@pytest.mark.parametrize("page", PAGES)
def test_other_roles_are_refused(client, role, page):
    session = factories.contact()
    client.force_login(factories.user(role))

    assert client.get(address(page, session)).status_code == 403
