from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from casework.access import Role
from casework.models import AuditEntry, Room
from casework.operations import custody
from interventions.models import Appointment, AppointmentMove, Contact, ContactType
from interventions.operations import session as operations
from interventions.queries import session as queries
from tests import factories

pytestmark = pytest.mark.django_db
DAY_AFTER = factories.DAY + timedelta(days=1)


@pytest.fixture
def worker(client):
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made


@pytest.fixture
def case(worker):
    return factories.case(spell=factories.spell(), worker=worker)


def answers(**given):
    kind = ContactType.objects.get(code="ONE_TO_ONE")
    usual = {"type": kind.pk, "at": "15/10/2026 09:30", "minutes": "", "place": "A wing", "nonce": uuid4()}
    return {**usual, **given}


def plan(client, worker, case, **given):
    return client.post(reverse("interventions:plan", args=[case.person_id]), answers(**{"worker": worker.pk, **given}))


def planned(case, worker, hour=14, **given):
    return factories.appointment(case, worker=worker, at=factories.at(hour=hour), **given)


def test_plan_puts_a_session_in_the_diary_once(client, worker, case):
    nonce = uuid4()
    first, second = (plan(client, worker, case, nonce=nonce) for _ in range(2))

    made = Appointment.objects.get()
    assert (made.person_id, made.worker, made.minutes, made.place) == (case.person_id, worker, 45, "A wing")
    assert timezone.localtime(made.at).isoformat() == "2026-10-15T09:30:00+01:00"
    assert first.url == second.url == reverse("interventions:list", args=[case.person_id])
    assert list(AuditEntry.objects.filter(action="appointment.planned").values_list("by_id", flat=True)) == [worker.pk]


@pytest.mark.parametrize(
    ("given", "field", "text"),
    [
        (
            {"at": "14/10/2026 10:00"},
            "at",
            "Give a time from now on, within a year. What is over is written up, not planned.",
        ),
        (
            {"at": "14/10/2028 10:00"},
            "at",
            "Give a time from now on, within a year. What is over is written up, not planned.",
        ),
        ({"at": "tomorrow"}, "at", "Write the day and the time, for example 27/3/2026 14:30."),
        ({"minutes": "500"}, "minutes", "Minutes are between 1 and 480."),
        ({"place": "x" * 100_000}, "place", "Shorten this to 60 characters. It has 100000."),
    ],
)
def test_plan_refuses_beside_the_field(client, worker, case, given, field, text):
    response = plan(client, worker, case, **given)

    assert response.context["form"].errors == {field: [text]}
    assert Appointment.objects.count() == 0


def test_plan_for_somebody_who_left_is_refused(client, worker, case):
    case.spell.ended_at, case.spell.end = timezone.now(), "RELEASED"
    case.spell.save()

    response = plan(client, worker, case)

    name = case.person.name
    assert response.context["form"].errors == {
        "__all__": [f"{name} is not in this prison now, so no session can be planned."]
    }


def test_plan_is_for_caseworkers_and_their_own_prison(client, case):
    url = reverse("interventions:plan", args=[case.person_id])
    client.force_login(factories.user(Role.ADMINISTRATOR))
    assert client.get(url).status_code == 403
    client.force_login(factories.user(prison=factories.prison("ACI", "Altcourse (HMP)")))
    assert client.get(url).status_code == 404


def test_log_writes_up_what_was_planned(client, worker, case):
    appointment = planned(case, worker, hour=9, place="Room 2")
    url = reverse("interventions:log", args=[case.person_id]) + f"?appointment={appointment.pk}"

    initial = client.get(url).context["form"].initial
    sent = {name: initial[name] for name in ["minutes", "place"]}
    sent |= {"type": appointment.type_id, "worker": worker.pk, "outcome": "PERSON_REFUSED", "at": "14/10/2026 09:00"}
    client.post(url, {**sent, "appointment": appointment.pk, "nonce": uuid4(), "note": ""})

    appointment.refresh_from_db()
    assert initial["place"] == "Room 2"
    assert appointment.contact == Contact.objects.get()
    assert list(queries.unwritten(worker, now=timezone.now())) == []


def test_log_refuses_an_appointment_that_was_written_up(worker, case):
    appointment = planned(case, worker, hour=9)
    kind = appointment.type
    operations.log(person=case.person, type=kind, at=appointment.at, by=worker, appointment=appointment)

    with pytest.raises(ValidationError) as refused:
        operations.log(person=case.person, type=kind, at=appointment.at, by=worker, appointment=appointment)

    assert refused.value.messages == ["This session was written up already. Look at the sessions below."]
    assert Contact.objects.count() == 1


def test_unwritten_are_those_whose_time_has_come(worker, case):
    late, older = planned(case, worker, hour=10), planned(case, worker, hour=9)
    planned(case, worker, hour=12)
    planned(case, worker, hour=8, called_off_at=timezone.now(), called_off_by=worker, called_off_why="Twice")

    assert list(queries.unwritten(worker, now=timezone.now())) == [older, late]


def test_call_off_needs_a_reason_and_is_kept(client, worker, case):
    appointment = planned(case, worker)
    url = reverse("interventions:call_off", args=[appointment.pk])

    refused = client.post(url, {"why": ""})
    client.post(url, {"why": "Entered twice"})
    client.post(url, {"why": "Again"})

    appointment.refresh_from_db()
    assert refused.context["form"].errors == {"why": ["This field is required."]}
    assert (appointment.called_off_by, appointment.called_off_why) == (worker, "Entered twice")
    assert list(queries.planned(case.person, worker)) == []


def test_call_off_in_another_prison_is_not_found(client, worker):
    altcourse = factories.prison("ACI", "Altcourse (HMP)")
    there = factories.case(spell=factories.spell(prison=altcourse))

    response = client.get(reverse("interventions:call_off", args=[planned(there, factories.user(prison=altcourse)).pk]))

    assert response.status_code == 404


def test_leaving_calls_off_what_is_still_to_come(worker, case):
    past, coming = planned(case, worker, hour=9), planned(case, worker, hour=14)
    case.spell.off_roll_on = factories.DAY
    case.spell.save()

    custody.confirm_departure(
        spell_id=case.spell_id, meaning="RELEASED", on=factories.DAY, at=timezone.now(), by=worker
    )

    past.refresh_from_db()
    coming.refresh_from_db()
    assert (past.called_off_why, coming.called_off_why) == ("", "The person left the prison.")


def test_list_shows_what_is_planned(client, worker, case):
    appointment = planned(case, worker)

    response = client.get(reverse("interventions:list", args=[case.person_id]))

    assert list(response.context["planned"]) == [appointment]
    assert appointment.at + timedelta(hours=1) > timezone.now()


def test_list_offers_to_write_up_only_what_has_begun(client, worker, case):
    over, coming = planned(case, worker, hour=9), planned(case, worker, hour=14)

    page = client.get(reverse("interventions:list", args=[case.person_id])).text

    assert f"?appointment={over.pk}" in page
    assert f"?appointment={coming.pk}" not in page


def test_log_of_what_was_planned_offers_its_kind_though_it_was_ended_since(client, worker, case):
    appointment = planned(case, worker, hour=9, type=ContactType.objects.get(code="ACCT"))
    ContactType.objects.filter(code="ACCT").update(ended_on=factories.DAY)

    form = client.get(reverse("interventions:log", args=[case.person_id])).context["form"]

    assert appointment.type in form.fields["type"].queryset
    assert not ContactType.objects.filter(code="GROUP", pk__in=form.fields["type"].queryset).exists()


# Moving


def moving(appointment, **given):
    local = timezone.localtime(appointment.at)
    usual = {"at": f"{local:%d/%m/%Y %H:%M}", "minutes": appointment.minutes, "place": appointment.place, "room": ""}
    usual |= {"worker": appointment.worker_id, "why": "Wing locked down", "version": appointment.version}
    return {**usual, **given}


def move(client, appointment, **given):
    return client.post(reverse("interventions:move", args=[appointment.pk]), moving(appointment, **given))


def test_move_keeps_what_it_was_before_and_why(client, worker, case):
    appointment, colleague = planned(case, worker, place="A wing"), factories.user(full_name="Olu Colleague")
    room = Room.objects.create(prison=case.prison, name="A1 interview room")

    response = move(client, appointment, at="15/10/2026 10:00", room=room.pk, place="", worker=colleague.pk)
    page = client.get(response.url)

    before, appointment = appointment, Appointment.objects.get()
    moved = AppointmentMove.objects.get()
    assert (appointment.at, appointment.where) == (factories.at(DAY_AFTER, 10), "A1 interview room")
    assert (appointment.worker, appointment.version) == (colleague, 2)
    assert (moved.before_at, moved.before_where, moved.before_worker) == (before.at, "A wing", worker)
    assert (moved.by, moved.why, moved.person_id) == (worker, "Wing locked down", case.person_id)
    assert list(page.context["moves"]) == [moved]
    assert "Wed 14 Oct 2026, 14:00, 45 minutes, Kay Worker, A wing" in page.text
    assert list(AuditEntry.objects.filter(action="appointment.moved").values_list("by_id", flat=True)) == [worker.pk]


def test_move_tells_when_somebody_was_quicker_and_shows_what_they_saved(client, worker, case):
    appointment = planned(case, worker)
    move(client, appointment, at="15/10/2026 10:00")

    late = move(client, appointment, at="16/10/2026 11:00")

    assert "Somebody else changed this" in late.text
    assert late.context["form"].theirs == {"at": "15/10/2026 10:00"}
    assert Appointment.objects.get().at == factories.at(DAY_AFTER, 10)
    assert AppointmentMove.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, {"__all__": ["Nothing is different yet. Change the time, the place or the worker, or go back."]}),
        ({"why": "", "place": "B wing"}, {"why": ["This field is required."]}),
        (
            {"at": "14/10/2026 10:00"},
            {"at": ["Give a time from now on, within a year. What is over is written up, not planned."]},
        ),
        ({"minutes": "600"}, {"minutes": ["Minutes are between 1 and 480."]}),
        ({"minutes": ""}, {"minutes": ["This field is required."]}),
        ({"why": "x" * 100_000}, {"why": ["Shorten this to 200 characters. It has 100000."]}),
    ],
)
def test_move_refuses_beside_the_field(client, worker, case, given, said):
    appointment = planned(case, worker)

    response = move(client, appointment, **given)

    appointment.refresh_from_db()
    assert response.context["form"].errors == said
    assert (appointment.version, AppointmentMove.objects.count()) == (1, 0)


def test_move_of_what_is_over_may_give_it_to_a_colleague(client, worker, case):
    appointment, colleague = planned(case, worker, hour=9), factories.user()

    move(client, appointment, worker=colleague.pk)

    assert Appointment.objects.get().worker == colleague


def test_move_of_what_was_called_off_is_refused(client, worker, case):
    appointment = planned(case, worker, called_off_at=timezone.now(), called_off_by=worker, called_off_why="Twice")

    assert move(client, appointment, place="B wing").context["form"].errors == {
        "__all__": ["This session was called off. Log it without the appointment if it took place."]
    }


def test_plan_tells_what_stands_against_it_and_then_lets_it_be(client, worker, case):
    planned(case, worker, hour=14)
    at = {"at": "14/10/2026 14:30"}

    refused = plan(client, worker, case, **at)
    accepted = plan(client, worker, case, **at, anyway="on")

    assert refused.context["form"].errors == {
        "at": ["The person has another session, with Kay Worker, 14:00 to 14:45."]
    }
    assert "Plan it all the same" in refused.text
    assert accepted.status_code == 302
    assert Appointment.objects.count() == 2


def test_move_tells_what_stands_against_it_and_then_lets_it_be(client, worker, case):
    planned(case, worker, hour=16)
    appointment = planned(case, worker, hour=14)

    refused = move(client, appointment, at="14/10/2026 16:15")
    accepted = move(client, appointment, at="14/10/2026 16:15", anyway="on")

    said = ["The person has another session, with Kay Worker, 16:00 to 16:45."]
    assert refused.context["form"].errors == {"at": said}
    assert "Plan it all the same" in refused.text
    assert accepted.status_code == 302
    shown = client.get(accepted.url)
    assert shown.context["conflicts"] == said


def test_plan_does_not_ask_to_plan_it_all_the_same_without_reason(client, worker, case):
    assert "all the same" not in plan(client, worker, case, at="14/10/2026 10:00").text


def taken(client, worker, hour=14):
    """A room in which a colleague sees somebody."""
    room = Room.objects.create(prison=worker.prison, name="A1 interview room")
    planned(factories.case(worker=worker), factories.user(full_name="Olu"), hour=hour, room=room)
    return room


TAKEN = ["A1 interview room is taken by Olu, 14:00 to 14:45. Choose another room, or another time."]


@pytest.mark.parametrize("anyway", ["", "on"])
def test_plan_and_move_never_give_a_room_twice_and_lose_nothing(client, worker, case, anyway):
    room, coming = taken(client, worker), planned(case, worker, hour=16, place="B wing")
    given = {"at": "14/10/2026 14:30", "room": room.pk, "anyway": anyway}

    refused = [plan(client, worker, case, place="Kept", **given), move(client, coming, place="Kept", **given)]

    assert [response.context["form"].errors for response in refused] == [{"room": TAKEN}] * 2
    assert ["Kept" in response.text for response in refused] == [True] * 2
    assert ["all the same" in response.text for response in refused] == [bool(anyway)] * 2
    assert (Appointment.objects.count(), Appointment.objects.get(pk=coming.pk).version) == (2, 1)


def test_move_within_its_own_room_is_no_clash_and_a_room_that_is_twice_taken_may_change_hands(client, worker, case):
    room = Room.objects.create(prison=case.prison, name="A1 interview room")
    coming = planned(case, worker, room=room)

    assert move(client, coming, at="14/10/2026 14:15", room=room.pk).status_code == 302
    planned(
        factories.case(worker=worker), factories.user(), room=room
    )  # as only a time before rooms were kept can have left it
    coming.refresh_from_db()
    assert move(client, coming, room=room.pk, worker=factories.user().pk, anyway="on").status_code == 302


# Who may


@pytest.mark.parametrize("page", ["appointment", "move", "call_off"])
def test_pages_of_an_appointment_are_for_caseworkers_of_its_prison(client, worker, case, page):
    url = reverse(f"interventions:{page}", args=[planned(case, worker).pk])

    assert client.get(url).status_code == 200
    client.force_login(factories.user(Role.ADMINISTRATOR))
    assert client.get(url).status_code == 403
    client.force_login(factories.user(prison=factories.prison("ACI", "Altcourse (HMP)")))
    assert client.get(url).status_code == 404
