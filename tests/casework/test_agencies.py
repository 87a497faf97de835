"""The address book and its partner accounts, through their pages."""

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import Agency, AuditEntry, User
from casework.queries import agencies
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


# Who works there

PERSON = {"name": "Pat Partnerly", "post": "Release worker", "phone": "0151 496 0001", "email": "pat@dip.example"}


def test_a_person_is_added_once_and_changed(client, admin):
    agency = factories.agency(contact="")

    client.post(url("add_agency_person", agency.pk), PERSON)
    twice = client.post(url("add_agency_person", agency.pk), {**PERSON, "name": "PAT PARTNERLY"})
    row = agency.people.get()
    client.post(url("change_agency_person", agency.pk, row.pk), {**PERSON, "name": "Pat Newname", "version": 1})
    stale = client.post(url("change_agency_person", agency.pk, row.pk), {**PERSON, "name": "Mine", "version": 1})

    assert twice.context["form"].errors == {"name": ["The agency has somebody of this name already."]}
    assert (agency.people.get().name, agency.people.get().post) == ("Pat Newname", "Release worker")
    assert "Somebody else changed this" in stale.content.decode()
    assert actions() == ["agency.person_added", "agency.person_changed"]


def test_an_agency_has_one_contact_who_takes_the_place_of_another(client, admin):
    agency = factories.agency(contact="")
    for name in ["First", "Second"]:
        client.post(url("add_agency_person", agency.pk), {**PERSON, "name": name, "is_contact": "on"})
    assert list(agency.people.contacts().values_list("name", "version")) == [("Second", 1)]

    first = agency.people.get(name="First")
    client.post(
        url("change_agency_person", agency.pk, first.pk), {**PERSON, "name": "First", "is_contact": "on", "version": 2}
    )

    assert list(agency.people.order_by("name").values_list("name", "is_contact")) == [
        ("First", True),
        ("Second", False),
    ]
    assert agencies.contact_of(agency) == first


def test_who_has_left_is_contact_no_more_and_may_come_back(client, admin):
    agency = factories.agency(contact="")
    client.post(url("add_agency_person", agency.pk), {**PERSON, "is_contact": "on"})
    row = agency.people.get()

    page = client.get(url("end_agency_person", agency.pk, row.pk)).content.decode()
    client.post(url("end_agency_person", agency.pk, row.pk), {"version": 1})

    assert "until you name another" in page
    assert agencies.contact_of(agency) is None
    assert "Nobody is named" in client.get(url("agency", agency.pk)).content.decode()
    assert client.post(url("end_agency_person", agency.pk, row.pk), {"version": 2}).status_code == 404
    assert client.post(url("add_agency_person", agency.pk), PERSON).status_code == 302
    assert [one.ended_on is None for one in client.get(url("agency", agency.pk)).context["people"]] == [True, False]
    assert actions() == ["agency.person_added", "agency.person_ended", "agency.person_added"]


def test_a_person_belongs_to_his_own_agency(client, admin):
    row = factories.agency(contact="").people.create(name="Pat")

    other = factories.agency("Wirral DIP", contact="").pk
    for page in ["change_agency_person", "end_agency_person"]:
        assert client.post(url(page, other, row.pk), {**PERSON, "version": 1}).status_code == 404


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"email": "no address"}, "email"),
        ({"phone": "1" * 31}, "phone"),
    ]
    + [({"post": "x" * 100_000}, "post")],
)
def test_bad_input_is_told_beside_its_field(client, admin, typed, field):
    agency = factories.agency(contact="")

    page = client.post(url("add_agency_person", agency.pk), {**PERSON, **typed})

    assert list(page.context["form"].errors) == [field]
    assert agency.people.count() == 0


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER, Role.PARTNER, Role.AUDITOR])
def test_people_of_agencies_are_kept_by_administrators(client, role):
    row = factories.agency(contact="").people.create(name="Pat")
    client.force_login(factories.user(role))

    for page, *keys in [("add_agency_person",), ("change_agency_person", row.pk), ("end_agency_person", row.pk)]:
        assert client.post(url(page, row.agency_id, *keys), {**PERSON, "version": 1}).status_code == 403


# The book as staff read it


@pytest.fixture
def keyworker(client):
    made = factories.user()
    client.force_login(made)
    return made


def test_staff_look_an_agency_up_by_name_area_or_kind(client, keyworker):
    liverpool = factories.agency(kind="DIP")
    liverpool.areas.create(area="Knowsley", from_on=factories.DAY)
    liverpool.areas.create(area="Halton", from_on=factories.DAY, ended_on=factories.DAY)
    wirral = factories.agency("Wirral Probation", kind="PROBATION")
    factories.agency("Gone", ended_on=factories.DAY)

    def found(**asked):
        return list(client.get(url("address_book"), asked).context["agencies"])

    assert found() == [liverpool, wirral]
    assert found(search=" knows ") == [liverpool]
    assert found(search="WIRRAL") == [wirral]
    assert found(search="Halton") == []
    assert found(kind="PROBATION") == [wirral]
    assert found(kind="nonsense", search="wirral") == [liverpool, wirral]


def test_staff_read_whom_to_ask_and_when(client, keyworker):
    agency = factories.agency(opening="Monday to Friday", mailbox="team@dip.example", contact="")
    agency.people.create(name="Pat Partnerly", post="Release worker", is_contact=True)
    agency.people.create(name="Sal Formerley", ended_on=factories.DAY)

    page = client.get(url("address", agency.pk)).content.decode()

    assert "Monday to Friday" in page
    assert "Pat Partnerly" in page
    assert "Sal Formerley" not in page
    assert "Pat Partnerly, Release worker" in client.get(url("address_book")).content.decode()


def test_an_empty_book_says_so(client, keyworker):
    assert "No agency is called like this" in client.get(url("address_book")).content.decode()


def test_an_ended_agency_is_not_in_the_book(client, keyworker):
    agency = factories.agency(ended_on=factories.DAY)

    assert client.get(url("address", agency.pk)).status_code == 404


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PARTNER, Role.AUDITOR])
def test_the_book_is_for_those_who_do_casework(client, role):
    agency = factories.agency()
    client.force_login(factories.user(role))

    assert [client.get(page).status_code for page in [url("address_book"), url("address", agency.pk)]] == [403, 403]


@pytest.mark.parametrize("rows", [1, 3, 30])
def test_the_book_asks_the_same_queries_for_any_number(client, keyworker, rows, django_assert_num_queries):
    for number in range(rows):
        agency = factories.agency(f"Agency {number}", contact="")
        agency.areas.create(area="Sefton", from_on=factories.DAY)
        agency.people.create(name="Pat", is_contact=True)
    client.get(url("address_book"))

    with django_assert_num_queries(13):
        client.get(url("address_book"))
