"""The address book and its partner accounts, through their pages."""

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import Agency, AuditEntry, User
from tests import factories

pytestmark = pytest.mark.django_db
ANSWERS = {
    "name": "Sefton DIP",
    "kind": "DIP",
    "mailbox": "team@dip.example",
    "phone": "0151 496 0000",
    "address": "1 Sample Street\nBootle",
}


@pytest.fixture
def admin(client):
    made = factories.user(Role.ADMINISTRATOR)
    client.force_login(made)
    return made


def url(name, *args):
    return reverse(f"casework:{name}", args=args)


def actions():
    return list(AuditEntry.objects.filter(kind="OPERATION").order_by("pk").values_list("action", flat=True))


def test_add_puts_an_agency_into_the_book_once(client, admin):
    response = client.post(url("add_agency"), ANSWERS)
    again = client.post(url("add_agency"), {**ANSWERS, "name": "SEFTON DIP"})

    agency = Agency.objects.get()
    assert response.url == url("agency", agency.pk)
    assert again.context["form"].errors == {"name": ["There is already an agency with this name."]}
    assert actions() == ["agency.added"]
    assert "1 Sample Street<br>Bootle" in client.get(response.url).content.decode()


def test_change_changes_and_tells_of_an_older_version(client, admin):
    agency = factories.agency()

    client.post(url("change_agency", agency.pk), {**ANSWERS, "version": 1})
    stale = client.post(url("change_agency", agency.pk), {**ANSWERS, "name": "Mine", "version": 1})

    assert Agency.objects.get().name == "Sefton DIP"
    assert "Somebody else changed this" in stale.content.decode()
    assert actions() == ["agency.changed"]


def test_areas_are_added_once_and_ended(client, admin):
    agency = factories.agency()
    area = {"area": "Sefton", "from_on": "1/4/2026"}

    client.post(url("add_area", agency.pk), area)
    twice = client.post(url("add_area", agency.pk), {**area, "area": "sefton"})
    for _ in range(2):
        client.post(url("end_area", agency.pk, agency.areas.get().pk))

    assert twice.context["form"].errors == {"area": ["The agency covers this area already."]}
    assert agency.areas.get().ended_on is not None
    assert actions() == ["agency.area_added", "agency.area_ended"]
    assert client.post(url("add_area", agency.pk), area).status_code == 302


def test_an_area_is_ended_with_its_own_agency_only(client, admin):
    area = factories.agency().areas.create(area="Sefton", from_on=factories.DAY)

    assert client.post(url("end_area", factories.agency("Wirral DIP").pk, area.pk)).status_code == 404


def test_end_refuses_while_somebody_can_sign_in_for_it(client, admin):
    elsewhere = factories.prison("ACI", "Altcourse")
    agency = factories.user(Role.PARTNER, prison=elsewhere).agency

    page = client.post(url("end_agency", agency.pk), {"version": 1})

    assert "1 person can still sign in for Liverpool DIP" in page.content.decode()
    agency.refresh_from_db()
    assert agency.ended_on is None


def test_end_takes_an_agency_out_of_the_book(client, admin):
    agency = factories.agency()

    assert client.post(url("end_agency", agency.pk), {"version": 1}).url == url("agencies")

    assert list(client.get(url("agencies")).context["agencies"]) == []
    assert list(client.get(f"{url('agencies')}?ended=1").context["ended"]) == [agency]
    assert client.get(url("agency", agency.pk)).status_code == 200
    assert client.get(url("change_agency", agency.pk)).status_code == 404
    assert actions() == ["agency.ended"]
    assert client.post(url("add_agency"), {**ANSWERS, "name": agency.name}).status_code == 302


def test_make_partner_makes_an_account_of_the_agency(client, admin):
    agency = factories.agency()
    answers = {"full_name": "Pat Partnerly", "username": "pat", "email": "", "role": "ADMINISTRATOR", "agency": "0"}

    response = client.post(url("make_partner", agency.pk), answers)

    made = User.objects.get(username="pat")
    assert (made.role, made.agency, made.prison, made.employer) == (
        Role.PARTNER,
        agency,
        admin.prison,
        User.Employer.AGENCY,
    )
    assert "<code>" in response.content.decode()
    assert list(client.get(url("agency", agency.pk)).context["partners"]) == [made]
    assert actions() == ["staff.made"]


def test_an_agency_shows_the_partners_of_our_prison_only(client, admin):
    theirs = factories.user(Role.PARTNER, prison=factories.prison("ACI", "Altcourse"))

    assert list(client.get(url("agency", theirs.agency_id)).context["partners"]) == []


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER, Role.PARTNER, Role.AUDITOR])
@pytest.mark.parametrize("page", ["agency", "change_agency", "end_agency", "add_area", "make_partner"])
def test_agencies_are_for_administrators(client, role, page):
    agency = factories.agency()
    client.force_login(factories.user(role))

    assert client.post(url(page, agency.pk), {"version": 1}).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_agencies_ask_the_same_queries_for_one_and_for_three(client, admin, rows, django_assert_num_queries):
    for number in range(rows):
        factories.agency(f"Agency {number}").areas.create(area="Sefton", from_on=factories.DAY)
    client.get(url("agencies"))

    with django_assert_num_queries(12):
        client.get(url("agencies"))
