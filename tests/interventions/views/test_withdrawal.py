"""A session that was written up for the wrong person is taken back: it stays, and counts nowhere."""

from datetime import timedelta

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry
from interventions.models import Appointment, Contact, ContactType, Seat
from interventions.operations import session as operations
from partners.queries import packs
from reporting.queries import facts, indicators, sessions, timeline
from reporting.queries.months import Month
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(client):
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made


@pytest.fixture
def case(worker):
    return factories.case(spell=factories.spell(), worker=worker)


def url(contact):
    return reverse("interventions:withdraw", args=[contact.pk])


def take_back(client, contact, why="It was his cellmate."):
    return client.post(url(contact), {"why": why})


def marked(case, **given):
    """A contact in a register, with its seat."""
    session = factories.group_session(worker=case.opened_by, **given)
    contact = factories.contact(case, type=ContactType.objects.get(code=session.kind))
    return contact, factories.seat(session, case.person, contact=contact)


def test_withdraw_keeps_the_session_and_counts_it_nowhere(client, worker, case):
    contact = factories.contact(case, note="Told about his brother")
    counted = [one for one in indicators.ALL if one.name in {"interventions", "structured_one_to_ones"}]
    month = Month.containing(factories.DAY)

    response = take_back(client, contact)

    assert response.url == reverse("interventions:list", args=[case.person_id])
    row = Contact.everything.get()
    assert (row.withdrawn_by, row.withdrawn_why) == (worker, "It was his cellmate.")
    assert Contact.objects.count() == Contact.objects.took_place().count() == 0
    assert [one.figure(case.prison, month)["value"] for one in counted] == [0, 0]
    assert sessions.of_day(worker, factories.DAY, now=factories.at(hour=12)) == []
    assert facts._contacts([case.pk]) == {}
    assert packs._treatment(factories.handover(case))["contacts"] == []
    assert client.get(response.url).context["page"].rows == []
    assert AuditEntry.objects.get(action="session.withdrawn").by_id == worker.pk


def test_withdrawn_one_is_told_struck_and_its_note_is_not_read(client, worker, case):
    contact = factories.contact(case, note="Told about his brother")
    take_back(client, contact)

    events = timeline.page(case.person, worker).events
    page = client.get(reverse("interventions:show", args=[contact.pk])).text

    told = next(event for event in events if event.kind.name == "session-withdrawn")
    assert (told.title, told.who, told.note) == (
        "Structured one-to-one: taken back",
        "Kay Worker",
        "It was his cellmate.",
    )
    assert [event for event in events if event.kind.name == "session"] == []
    assert "<s><a" in client.get(reverse("reporting:person", args=[case.person_id])).text
    assert "by Kay Worker: It was his cellmate." in page
    assert "brother" not in page
    assert url(contact) not in page


def test_withdraw_twice_keeps_the_first(client, worker, case):
    contact = factories.contact(case)
    take_back(client, contact, "First")

    again = take_back(client, contact, "Second")
    operations.withdraw(contact=contact, why="Third", by=worker)

    assert again.url == reverse("interventions:show", args=[contact.pk])
    assert Contact.everything.get().withdrawn_why == "First"
    assert AuditEntry.objects.filter(action="session.withdrawn").count() == 1


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("", "This field is required."),
        ("x" * 100_000, "Shorten this to 200 characters. It has 100000."),
    ],
)
def test_withdraw_wants_a_short_reason(client, case, why, said):
    refused = take_back(client, factories.contact(case), why)

    assert refused.context["form"].errors == {"why": [said]}
    assert Contact.objects.count() == 1


def test_withdraw_leaves_the_appointment_owed_and_names_what_stays(client, worker, case):
    contact = factories.contact(case)
    answered = factories.appointment(case, at=factories.at(hour=9), contact=contact)
    following = factories.appointment(
        case, at=factories.at(factories.DAY + timedelta(days=7)), nonce=operations.uuid.uuid5(contact.nonce, "next")
    )
    factories.referral(spell=case.spell)

    page = client.get(url(contact)).text
    take_back(client, contact)

    for said in [
        "14 October, 09:00",
        reverse("interventions:appointment", args=[following.pk]),
        "A referral waits at the front door",
    ]:
        assert said in page
    assert set(Appointment.objects.standing()) == {answered, following}


@pytest.mark.parametrize(("kind", "page"), [("DROP_IN", "drop_in"), ("GROUP", "register")])
def test_withdraw_takes_the_person_off_the_list_of_the_session(client, worker, case, kind, page):
    contact, seat = marked(case, kind=kind, name="Friday afternoon", head_count=7)

    told = client.get(url(contact)).text
    response = take_back(client, contact)

    seat.refresh_from_db()
    assert (seat.removed_by, seat.removed_why, seat.contact_id) == (worker, "It was his cellmate.", contact.pk)
    assert not Seat.objects.expected().exists()
    assert "is off the list of Friday afternoon" in told
    assert "stays 7: change it" in told
    assert response.url == reverse(f"interventions:{page}", args=[seat.session_id])
    names = [event.kind.name for event in timeline.page(case.person, worker).events]
    assert "seat-removed" not in names


@pytest.mark.parametrize(("kind", "page"), [("DROP_IN", "drop_in"), ("GROUP", "register")])
def test_contact_names_and_links_what_it_was_part_of(client, worker, case, kind, page):
    contact, seat = marked(case, kind=kind, name="Friday afternoon")

    shown = client.get(reverse("interventions:show", args=[contact.pk])).text

    assert f'href="{reverse(f"interventions:{page}", args=[seat.session_id])}"' in shown
    assert "Friday afternoon, 14 October 2026, 09:00" in shown
    assert ("in its register" in shown) == (kind == "GROUP")


def test_withdraw_is_for_those_who_log_sessions_of_their_own_prison(client):
    contact = factories.contact()
    for role in [Role.ADMINISTRATOR, Role.PARTNER, Role.AUDITOR]:
        client.force_login(factories.user(role))
        assert take_back(client, contact).status_code == 403
    client.force_login(factories.user(prison=factories.prison("ACI", "Altcourse (HMP)")))
    assert take_back(client, contact).status_code == 404
    assert Contact.objects.count() == 1


def test_withdrawn_one_moves_with_the_record_of_the_person(client, worker, case):
    contact = factories.contact(case)
    take_back(client, contact)
    other = factories.person("Other")

    class Journal:
        def change(self, rows, **values):
            return rows.update(**values)

    operations.move(removed=case.person, kept=other, journal=Journal(), by=worker)

    assert Contact.everything.get().person == other
