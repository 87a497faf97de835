from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from casework.access import Role
from casework.models import AuditEntry, Restriction, Room
from interventions.forms.register import UNMARKED
from interventions.models import Contact, GroupSession, RegisterChange, Seat
from interventions.queries import register as queries
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(client):
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made


@pytest.fixture
def session(worker):
    """A group of this morning that Kay runs."""
    return factories.group_session(worker=worker)


def expect(session, *surnames):
    """Seats of people with these surnames."""
    return [factories.seat(session, factories.spell(factories.person(each)).person) for each in surnames]


def url(session):
    return reverse("interventions:register", args=[session.pk])


def send(client, session, marks, *, button="close", **given):
    """Save the register: ``marks`` by seat, with the versions that are on the page."""
    sent = {f"mark_{seat.pk}": mark for seat, mark in marks.items()}
    versions = {f"version_{seat.pk}": seat.version for seat in marks}
    return client.post(url(session), {**versions, **sent, button: "1", **given})


def actions(name):
    return list(AuditEntry.objects.filter(action=name).order_by("pk").values_list("by_id", flat=True))


def test_register_of_ten_people_is_ten_contacts(client, worker, session):
    room = Room.objects.create(prison=factories.prison(), name="Group room 1", capacity=12)
    factories.end(session, room=room)
    seats = expect(session, *"ABCDEFGHIJ")
    marks = dict(
        zip(seats, ["TOOK_PLACE"] * 6 + ["LATE", "PERSON_REFUSED", "REGIME_CURTAILED", "TEAM_ABSENT"], strict=True)
    )

    response = send(client, session, marks)

    contacts = Contact.objects.order_by("person__surname_key")
    assert [(row.outcome, row.late) for row in contacts] == [
        (("TOOK_PLACE", True) if mark == "LATE" else (mark, False)) for mark in marks.values()
    ]
    assert set(contacts.values_list("type__code", "minutes", "place", "worker", "at", "recorded_by")) == {
        ("GROUP", 90, "Group room 1", worker.pk, session.period.lower, worker.pk)
    }
    session.refresh_from_db()
    assert (session.state, session.closed_by) == (GroupSession.State.HELD, worker)
    assert response.url == reverse("interventions:register_notes", args=[session.pk])
    assert actions("register.marked") == [worker.pk]
    assert actions("session.logged") == [worker.pk] * 10


def test_register_is_saved_in_part_and_cannot_be_closed_with_somebody_unmarked(client, session):
    first, second = expect(session, "Adams", "Brown")

    send(client, session, {first: "TOOK_PLACE", second: ""}, button="save")
    refused = send(client, session, {second: ""})

    assert Contact.objects.get().person == first.person
    assert refused.context["form"].non_field_errors() == [
        "1 person is not marked yet, so the register cannot be closed."
    ]
    session.refresh_from_db()
    assert session.closed_at is None


def test_register_saves_all_or_nothing(client, session):
    first, second = expect(session, "Adams", "Brown")
    factories.end(second.person.spells.get(), ended_at=factories.at(hour=8), end="RELEASED")

    refused = send(client, session, {first: "TOOK_PLACE", second: "TOOK_PLACE"})

    assert refused.context["form"].errors == {
        f"mark_{second.pk}": [f"{second.person.name} had left the prison by then. Choose “Moved away”."]
    }
    assert Contact.objects.count() == 0
    assert "Error: " in refused.text


def test_whoever_left_before_is_preset_as_moved_away(client, session):
    stayed, left, off, later = expect(session, "Adams", "Brown", "Clark", "Davis")
    factories.end(left.person.spells.get(), ended_at=factories.at(factories.DAY - timedelta(days=2)), end="TRANSFERRED")
    factories.end(off.person.spells.get(), off_roll_on=factories.DAY)
    factories.end(later.person.spells.get(), ended_at=factories.at(hour=10), end="RELEASED")

    page = client.get(url(session))
    preset = {line["row"].seat: line["mark"].value() for line in page.context["form"].rows}
    send(client, session, {**preset, stayed: "TOOK_PLACE", later: "TOOK_PLACE"})

    assert preset == {stayed: "", left: "REGIME_MOVED", off: "REGIME_MOVED", later: ""}
    outcomes = dict(Contact.objects.values_list("person", "outcome"))
    assert outcomes == {
        stayed.person_id: "TOOK_PLACE",
        left.person_id: "REGIME_MOVED",
        off.person_id: "REGIME_MOVED",
        later.person_id: "TOOK_PLACE",
    }


def test_the_rest_came_with_one_tick(client, session):
    seats = expect(session, "Adams", "Brown", "Clark")

    send(client, session, {seats[0]: "PERSON_ILL", seats[1]: "", seats[2]: ""}, rest="on")

    assert list(Contact.objects.order_by("person__surname_key").values_list("outcome", flat=True)) == [
        "PERSON_ILL",
        "TOOK_PLACE",
        "TOOK_PLACE",
    ]


def test_saved_twice_is_one_contact_each(client, session):
    (seat,) = expect(session, "Adams")

    for _ in range(2):
        send(client, session, {seat: "TOOK_PLACE"})

    assert Contact.objects.count() == 1
    assert RegisterChange.objects.count() == 0


def test_change_after_closing_changes_the_contact_and_what_it_was_stays_readable(client, worker, session):
    (seat,) = expect(session, "Adams")
    send(client, session, {seat: "TOOK_PLACE"})
    seat.refresh_from_db()

    send(client, session, {seat: "PERSON_REFUSED"})
    page = client.get(url(session))

    assert Contact.objects.get().outcome == "PERSON_REFUSED"
    (change,) = page.context["changes"]
    assert (change.by, change.person, change.was, change.became) == (worker, seat.person, "Came", "Person: refused")
    assert "What was changed" in page.text


def test_lost_update_is_told_beside_the_person_and_can_be_saved_again(client, session):
    (seat,) = expect(session, "Adams")
    send(client, session, {seat: "PERSON_ILL"})

    told = send(client, session, {seat: "TOOK_PLACE"})
    again = told.context["form"][f"version_{seat.pk}"].value()
    assert Contact.objects.get().outcome == "PERSON_ILL"
    assert told.context["form"].errors == {
        f"mark_{seat.pk}": [
            "Somebody else changed this while you had it open: Sam Adams is now “Person: ill”. Choose again if that is wrong."
        ]
    }

    client.post(url(session), {f"mark_{seat.pk}": "TOOK_PLACE", f"version_{seat.pk}": again, "close": "1"})
    assert Contact.objects.get().outcome == "TOOK_PLACE"


def test_same_answer_of_two_is_no_conflict(client, session):
    (seat,) = expect(session, "Adams")

    responses = [send(client, session, {seat: "PERSON_ILL"}) for _ in range(2)]

    assert [response.status_code for response in responses] == [302, 302]


def test_register_before_the_session_and_of_one_that_did_not_run_is_refused(client, worker):
    coming = factories.group_session(hour=14, worker=worker)
    cancelled = factories.group_session(hour=8, minutes=30, state="CANCELLED", cancelled_why="TEAM_NO_ROOM")

    for session, text in [
        (coming, "This session has not begun. The register is written when it is over."),
        (cancelled, "This session did not run, so nobody can be marked."),
    ]:
        (seat,) = expect(session, "Adams")
        refused = send(client, session, {seat: "TOOK_PLACE"})
        assert refused.context["form"].non_field_errors() == [text]
        assert "Save and close" not in client.get(url(session)).text
    assert Contact.objects.count() == 0


def test_garbage_is_refused_beside_the_person(client, session):
    (seat,) = expect(session, "Adams")

    refused = send(client, session, {seat: "x" * 100_000})

    assert refused.context["form"].errors == {f"mark_{seat.pk}": ["Choose one of the list."]}


def test_empty_register_says_so(client, session):
    assert "Nobody is expected" in client.get(url(session)).text


def test_every_mark_has_a_first_letter_of_its_own():
    labels = [UNMARKED[1], *(label for _, group in queries.MARKS for _, label in group)]

    assert len({label[0] for label in labels}) == len(labels)
    assert {code for _, group in queries.MARKS for code, _ in group} == {*Contact.Outcome.values, "LATE"}


@pytest.mark.parametrize(
    "name", ["register", "register_notes", "guests", "feedback", "enter_feedback", "feedback_sheet"]
)
def test_pages_of_a_session_are_for_caseworkers_and_their_own_prison(client, session, name):
    address = reverse(f"interventions:{name}", args=[session.pk])
    for role in [Role.ADMINISTRATOR, Role.AUDITOR, Role.PARTNER]:
        client.force_login(factories.user(role))
        assert client.get(address).status_code == 403
    client.force_login(factories.user(prison=factories.prison("ACI", "Altcourse (HMP)")))
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("count", [1, 3, 20])
def test_register_asks_the_same_number_of_queries(client, session, count, django_assert_num_queries):
    expect(session, *(f"Name{number}" for number in range(count)))

    with django_assert_num_queries(24):
        client.get(url(session))


def test_register_names_whom_it_showed_to_the_trail(client, session):
    seats = expect(session, "Adams", "Brown")

    client.get(url(session))

    shown = AuditEntry.objects.get(action="register.people.listed").detail["people"]
    assert shown == sorted(seat.person_id for seat in seats)


# Lines


@pytest.fixture
def closed(client, session):
    """A closed register of three who came, in order of name."""
    seats = expect(session, "Adams", "Brown", "Clark")
    send(client, session, dict.fromkeys(seats, "TOOK_PLACE"))
    return seats


def line(client, session, seat, note="", *, button="save", version=None):
    seat.refresh_from_db()
    address = reverse("interventions:register_notes", args=[session.pk]) + f"?seat={seat.pk}"
    return client.post(address, {"note": note, "version": version or seat.version, button: "1"})


def test_lines_come_one_after_another_with_one_put_off(client, worker, session, closed):
    first, second, third = closed
    notes = reverse("interventions:register_notes", args=[session.pk])

    steps = [
        client.get(notes).url,
        line(client, session, first, "Spoke well.").url,
        line(client, session, second, button="skip").url,
        line(client, session, third, "Listened.").url,
    ]

    assert steps == [f"{notes}?seat={seat.pk}" for seat in closed] + [url(session)]
    assert list(Contact.objects.order_by("person__surname_key").values_list("note", flat=True)) == [
        "Spoke well.",
        "",
        "Listened.",
    ]
    assert list(queries.put_off(worker)) == [second]
    assert (len(actions("register.noted")), len(actions("register.note_put_off"))) == (2, 1)
    listed = client.get(reverse("interventions:registers"))
    assert f"{notes}?seat={second.pk}" in listed.text

    line(client, session, second, "Came round in the end.")
    assert list(queries.put_off(worker)) == []


def test_line_is_needed_or_skipped(client, session, closed):
    refused = line(client, session, closed[0])

    assert refused.context["form"].errors == {"note": ["Write a line, or skip it for now."]}
    assert line(client, session, closed[0], "x" * 100_000).context["form"].errors["note"] == [
        "Shorten this to 2000 characters. It has 100000."
    ]


def test_line_sent_twice_is_written_once_and_a_changed_one_stays_readable(client, session, closed):
    for text in ["Quiet.", "Quiet.", "Quiet at first."]:
        line(client, session, closed[0], text)

    change = RegisterChange.objects.get()
    assert (change.before_note, change.after_note, change.before, change.after) == (
        "Quiet.",
        "Quiet at first.",
        "TOOK_PLACE",
        "TOOK_PLACE",
    )
    assert "Quiet at first." in client.get(url(session)).text


def test_line_that_somebody_else_wrote_meanwhile_is_shown_beside_it(client, session, closed):
    seen = Seat.objects.get(pk=closed[0].pk).version
    line(client, session, closed[0], "Theirs.")

    told = line(client, session, closed[0], "Mine.", version=seen)

    assert told.context["form"].theirs == {"note": "Theirs."}
    assert Contact.objects.get(person=closed[0].person).note == "Theirs."


def test_lines_are_read_by_those_who_run_the_group_and_their_manager(client, session, closed):
    line(client, session, closed[0], "Told us about his brother.")
    address = reverse("interventions:register_notes", args=[session.pk]) + f"?seat={closed[0].pk}"

    seen = {}
    for user in [session.made_by, factories.user(Role.MANAGER), factories.user()]:
        client.force_login(user)
        seen[user] = ["brother" in client.get(url(session)).text, client.get(address).status_code]

    assert list(seen.values()) == [[True, 200], [True, 200], [False, 302]]
    assert client.get(address).url == reverse("interventions:show", args=[Seat.objects.get(pk=closed[0].pk).contact_id])


def test_line_about_nobody_is_not_found(client, session, closed):
    (unmarked,) = expect(session, "Zed")
    notes = reverse("interventions:register_notes", args=[session.pk])

    assert client.get(f"{notes}?seat={unmarked.pk}").status_code == 404
    assert client.get(f"{notes}?seat={'9' * 30}").url == f"{notes}?seat={closed[0].pk}"


# What waits


def test_registers_past_the_deadline_are_counted(client, worker):
    day = factories.DAY
    late = factories.group_session(day - timedelta(days=3))
    due = factories.group_session(day - timedelta(days=1))
    factories.group_session(day - timedelta(days=4), state="CANCELLED", cancelled_why="TEAM_NO_ROOM")
    factories.group_session(day - timedelta(days=5), state="HELD", closed_at=timezone.now(), closed_by=worker)
    factories.group_session(hour=14)

    page = client.get(reverse("interventions:registers"))

    assert list(queries.open_late(worker, now=timezone.now())) == [late]
    assert [(row.pk, row.late) for row in page.context["sessions"]] == [(late.pk, True), (due.pk, False)]
    assert "1 is past that." in page.text


@pytest.mark.parametrize("count", [1, 3])
def test_registers_asks_the_same_number_of_queries(client, worker, count, django_assert_num_queries):
    for number in range(count):
        session = factories.group_session(hour=8, minutes=30 + number, worker=None)
        contact = factories.contact(factories.case(spell=factories.spell()))
        factories.seat(session, contact.person, contact=contact, skipped=True)

    with django_assert_num_queries(18):
        client.get(reverse("interventions:registers"))


def test_registers_without_any_says_so(client, worker):
    assert "Every register is closed" in client.get(reverse("interventions:registers")).text


def test_register_is_late_from_the_hour_on(worker):
    with time_machine.travel(factories.at(factories.DAY + timedelta(days=2), 10)):
        session = factories.group_session(minutes=59)  # over at 9:59 two days ago
        assert list(queries.open_late(worker, now=timezone.now())) == [session]
        assert list(queries.open_late(worker, now=timezone.now() - timedelta(minutes=2))) == []


def test_restricted_person_is_in_no_register_of_whom_it_does_not_name(client, session):
    hidden, shown = expect(session, "Hiddenby", "Adams")
    manager = factories.user(Role.MANAGER)
    made = {"made_at": timezone.now(), "made_by": manager}
    Restriction.objects.create(
        person=hidden.person, prison=session.prison, number=hidden.person.number, kind="OTHER", reason="Known", **made
    )

    page = client.get(url(session))
    send(client, session, {shown: "TOOK_PLACE"})

    assert "Hiddenby" not in page.text
    assert list(Contact.objects.values_list("person", flat=True)) == [shown.person_id]


def test_somebody_missing_is_added_from_the_page_and_garbage_is_refused_beside_it(client, worker, session):
    address = reverse("interventions:add_to_register", args=[session.pk])
    person = factories.spell().person

    for number, said in [("", "Give the prison number."), ("Z9999ZZ", "Nobody here has this number.")]:
        form = client.post(address, {"number": number, "mark": "LATE", "nonce": uuid4()}).context["form"]
        assert said in form.errors["number"][0]
    response = client.post(address, {"number": person.number.lower(), "mark": "LATE", "nonce": uuid4()})

    assert (response.status_code, response.url) == (302, url(session))
    assert [(seat.person, seat.mark) for seat in Seat.objects.all()] == [(person, "LATE")]
    assert "Somebody is missing" in client.get(url(session)).text
