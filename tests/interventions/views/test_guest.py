import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from casework.models import AuditEntry
from interventions.models import Guest, GuestVisit
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def worker(client):
    made = factories.user()
    client.force_login(made)
    return made


def ask(client, session, guest):
    return client.post(reverse("interventions:guests", args=[session.pk]), {"guest": guest.pk})


def add(client, **given):
    sent = {"name": "Dr Dent", "organisation": "Dental", "vetted_until": "1/12/2026", "nonce": uuid.uuid4()}
    return client.post(reverse("interventions:add_guest"), {**sent, **given})


def test_add_takes_up_a_guest_once(client, worker):
    nonce = uuid.uuid4()

    for _ in range(2):
        add(client, nonce=nonce)

    guest = Guest.objects.get()
    assert (guest.name, guest.organisation, str(guest.vetted_until)) == ("Dr Dent", "Dental", "2026-12-01")
    assert AuditEntry.objects.get(action="guest.added").by_id == worker.pk
    again = add(client, name="dr dent")
    assert again.context["form"].errors == {"name": ["There is already a guest with this name from there."]}


def test_change_renews_the_vetting_and_tells_a_lost_update(client):
    guest = factories.guest()
    url = reverse("interventions:change_guest", args=[guest.pk])
    sent = {"name": guest.name, "organisation": "", "version": guest.version}

    client.post(url, {**sent, "vetted_until": "1/6/2027"})
    told = client.post(url, {**sent, "vetted_until": "1/7/2027"})

    guest.refresh_from_db()
    assert str(guest.vetted_until) == "2027-06-01"
    assert told.context["form"].theirs == {"vetted_until": "01/06/2027"}


def test_end_takes_a_guest_off_the_list(client):
    guest = factories.guest()
    url = reverse("interventions:end_guest", args=[guest.pk])

    client.post(url, {"version": guest.version})

    assert client.get(reverse("interventions:guests")).context["guests"] == []
    assert client.get(url).status_code == 404


def test_guest_speaks_at_a_session_once_until_removed(client):
    session, guest = factories.group_session(hour=14), factories.guest()

    for _ in range(2):
        ask(client, session, guest)
    assert GuestVisit.objects.count() == 1
    assert client.get(reverse("interventions:guests")).context["guests"][0].ahead == 1

    client.post(reverse("interventions:remove_guest", args=[session.pk, guest.pk]))
    assert GuestVisit.objects.exclude(removed_at=None).count() == 1
    ask(client, session, guest)
    assert GuestVisit.objects.filter(removed_at=None).count() == 1


@pytest.mark.parametrize(
    ("until", "said"),
    [(factories.DAY - timedelta(days=1), "ends on 13 October 2026"), (None, "has not been done")],
)
def test_guest_whose_vetting_is_out_of_date_is_refused(client, until, said):
    session, guest = factories.group_session(hour=14), factories.guest(vetted_until=until)

    refused = ask(client, session, guest)

    assert refused.context["form"].errors == {
        "guest": [f"The vetting of Dr Dent {said}, so security does not let this guest in on 14 October 2026."]
    }
    assert GuestVisit.objects.count() == 0


def test_guest_whose_vetting_ended_since_is_told_on_every_page(client, worker):
    session = factories.group_session(hour=10, kind="DROP_IN", worker=worker)
    guest = factories.guest()
    ask(client, session, guest)
    factories.end(guest, vetted_until=factories.DAY - timedelta(days=1))

    assert "Out of date on the day" in client.get(reverse("interventions:guests", args=[session.pk])).text
    group = factories.group_session(hour=13, worker=worker)
    GuestVisit.objects.create(session=group, prison=group.prison, guest=guest)
    for page in [
        reverse("interventions:drop_in", args=[session.pk]),
        reverse("interventions:register", args=[group.pk]),
    ]:
        assert "Vetting ran out on 13 October 2026" in client.get(page).text
    assert "Out of date" in client.get(reverse("interventions:guests")).text


def test_guests_of_another_prison_are_not_there(client):
    there = factories.guest(prison=factories.prison("ACI", "Altcourse (HMP)"))
    session = factories.group_session(hour=14)

    assert client.get(reverse("interventions:guests")).context["guests"] == []
    assert client.get(reverse("interventions:change_guest", args=[there.pk])).status_code == 404
    assert client.post(reverse("interventions:remove_guest", args=[session.pk, there.pk])).status_code == 404
    assert ask(client, session, there).context["form"].errors == {"guest": ["This guest cannot be chosen any more."]}


def test_no_guest_says_so(client):
    assert "No guest speaker yet" in client.get(reverse("interventions:guests")).text


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_the_same_number_of_queries(client, count, django_assert_num_queries):
    for number in range(count):
        factories.guest(f"Guest {number}")

    with django_assert_num_queries(14):
        client.get(reverse("interventions:guests"))
