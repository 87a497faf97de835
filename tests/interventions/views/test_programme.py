from datetime import timedelta

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry
from interventions.models import Coverage, Programme
from interventions.operations import programme as operations
from tests import factories
from tests.interventions import programmes

pytestmark = pytest.mark.django_db
KEEPS = ["catalogue", "add_programme"]
LOOKS = ["programmes", "coverage"]


@pytest.fixture
def manager(client):
    made = factories.user(Role.MANAGER)
    client.force_login(made)
    return made


@pytest.fixture
def worker(client):
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made


def url(name, *args):
    return reverse(f"interventions:{name}", args=args)


def answers(**given):
    usual = {"name": "Gambling", "told": "About betting", "sessions": "4", "needed": "3", "weeks": "4", "capacity": "8"}
    return {**usual, "certificate": "on", **given}


def test_add_puts_a_programme_into_the_catalogue(client, manager):
    answer = client.post(url("add_programme"), answers(link_worker=manager.pk))

    made = Programme.objects.get()
    assert answer.url == url("wings_of_programme", made.pk)
    assert (made.name, made.code, made.sessions, made.needed, made.remand) == ("Gambling", "GAMBLING", 4, 3, False)
    assert made.link_worker == manager
    assert AuditEntry.objects.filter(action="programme.added", by_id=manager.pk).count() == 1


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"needed": "5"}, {"needed": ["Nobody can attend more sessions than there are."]}),
        ({"sessions": "0"}, {"sessions": ["Give a whole number from 1 to 200, or nothing."]}),
        ({"capacity": "x"}, {"capacity": ["Give a whole number from 1 to 60."]}),
        ({"name": "GAMBLING"}, {"name": ["There is already a programme with this name."]}),
        ({"name": ""}, {"name": ["This field is required."]}),
        ({"told": "x" * 100_000}, {"told": ["Shorten this to 2000 characters. It has 100000."]}),
    ],
)
def test_add_refuses_beside_the_field(client, manager, given, errors):
    if given.get("name"):
        programmes.programme("Gambling")

    answer = client.post(url("add_programme"), answers(**given))

    assert answer.context["form"].errors == errors
    assert Programme.objects.exclude(name="Gambling").count() == 0


def test_add_usual_adds_what_is_not_there_yet_once(client, manager):
    programmes.programme("smart meeting")

    said = [client.post(url("add_usual_programmes"), follow=True).content.decode() for _ in range(2)]

    assert Programme.objects.count() == len(operations.USUAL)
    assert "Added: Short duration programme, Triggers and cravings, Steroid awareness, Gambling, Families." in said[0]
    assert "They are all in the catalogue already." in said[1]
    short = Programme.objects.get(code="SDP")
    assert (short.sessions, short.weeks) == (20, 4)


def test_change_tells_of_a_change_made_meanwhile(client, manager):
    row = programmes.programme("Gambling", sessions=4)
    page = client.get(url("change_programme", row.pk))
    client.post(url("change_programme", row.pk), answers(capacity="9", version=1))

    answer = client.post(url("change_programme", row.pk), answers(capacity="12", version=1))

    row.refresh_from_db()
    assert page.context["form"].initial["sessions"] == 4
    assert (row.capacity, row.version) == (9, 2)
    assert answer.context["form"].theirs == {"capacity": "9"}


def test_wings_are_covered_from_a_day_until_another(client, manager):
    row = programmes.programme()
    first, second = factories.wing("A"), factories.wing("B")

    client.post(url("wings_of_programme", row.pk), {"wings": [first.pk, second.pk]})
    client.post(url("wings_of_programme", row.pk), {"wings": [second.pk]})
    page = client.get(url("coverage"))

    standing = Coverage.objects.order_by("pk").values_list("wing__code", "from_on", "until_on")
    assert list(standing) == [("A", factories.DAY, factories.DAY), ("B", factories.DAY, None)]
    cells = {programme: [bool(cell) for cell in cells] for programme, cells in page.context["map"].rows}
    assert cells == {row: [False, True]}
    assert [(change["wing"].code, change["what"]) for change in page.context["map"].changes] == [
        ("B", "began"), ("A", "began"), ("A", "ended"),
    ]  # fmt: skip


def test_end_waits_for_those_who_are_in_it(client, manager):
    inside = programmes.enrolment()
    row = inside.programme

    refused = client.post(url("end_programme", row.pk), {"version": 1})
    empty = programmes.programme("Families")
    Coverage.objects.create(programme=empty, prison=empty.prison, wing=factories.wing(), from_on=factories.DAY)
    client.post(url("end_programme", empty.pk), {"version": 1})

    assert refused.context["form"].errors == {"__all__": ["1 person is still in it or waits for it. End that first."]}
    empty.refresh_from_db()
    assert (empty.ended_on, Coverage.objects.get().until_on) == (factories.DAY, factories.DAY)
    assert client.get(url("change_programme", empty.pk)).status_code == 404
    assert "Families" in client.get(url("catalogue") + "?ended").content.decode()


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.ADMINISTRATOR, Role.AUDITOR, Role.PARTNER])
def test_who_may_keep_and_who_may_look(client, role):
    row = programmes.programme()
    client.force_login(factories.user(role))

    keeps = {client.get(url(name)).status_code for name in KEEPS} | {
        client.get(url(name, row.pk)).status_code
        for name in ["change_programme", "wings_of_programme", "end_programme"]
    }
    looks = {client.get(url(name)).status_code for name in LOOKS} | {
        client.get(url(name, row.pk)).status_code for name in ["programme", "find_for_programme"]
    }

    assert keeps == {200 if role == Role.ADMINISTRATOR else 403}
    assert client.post(url("end_programme", row.pk), {"version": 1}).status_code == (302 if 200 in keeps else 403)
    assert looks == {200 if role == Role.KEYWORKER else 403}


def test_programmes_of_another_prison_are_not_there(client, manager):
    other = programmes.programme(prison=factories.prison("ACI", "Altcourse (HMP)"))

    for name in ["programme", "find_for_programme", "change_programme", "wings_of_programme", "end_programme"]:
        assert client.get(url(name, other.pk)).status_code == 404
    for name in ["programmes", "coverage", "catalogue"]:
        assert "Triggers" not in client.get(url(name)).content.decode()


def test_list_is_oldest_first_with_its_age_and_is_audited(client, worker):
    programme = programmes.programme(sessions=6)
    old, new = (
        programmes.enrolment(programme=programme, state="WAITING", proposed_on=factories.DAY - timedelta(days=age))
        for age in (30, 3)
    )
    inside = programmes.enrolment(programme=programme, state="ACTIVE")
    programmes.enrolment(programme=programme, state="RELEASED")

    page = client.get(url("programme", programme.pk))
    others = client.get(url("programme", programme.pk) + "?show=taking-part")

    assert [(row.pk, row.days) for row in page.context["page"].rows] == [(old.pk, 30), (new.pk, 3)]
    assert [row.pk for row in others.context["page"].rows] == [inside.pk]
    line = page.context["line"]
    assert (line.proposed, line.waiting, line.taking_part, line.completed) == (0, 2, 1, 0)
    trail = AuditEntry.objects.filter(action="programme.enrolled.listed").values_list("detail", flat=True)
    assert list(trail)[-1] == {"people": sorted([old.person_id, new.person_id])}


def test_list_is_narrowed_to_a_wing_and_takes_no_harm_from_an_address(client, worker):
    programme, wing = programmes.programme(), factories.wing("B")
    here, _ = (programmes.enrolment(programme=programme) for _ in range(2))
    here.person.spells.get().locations.update(wing=wing)

    narrowed = client.get(url("programme", programme.pk), {"wing": wing.pk})
    garbage = client.get(url("programme", programme.pk), {"wing": "x", "show": "x", "after": "9" * 30})

    assert [row.pk for row in narrowed.context["page"].rows] == [here.pk]
    assert len(garbage.context["page"].rows) == 2


@pytest.mark.parametrize("count", [1, 3, 60])
def test_list_asks_the_same_number_of_queries_and_goes_on(client, worker, count, django_assert_num_queries):
    programme = programmes.programme(sessions=6)
    rows = [programmes.enrolment(programme=programme, state="WAITING") for _ in range(count)]
    client.get(url("programme", programme.pk))

    with django_assert_num_queries(18):
        page = client.get(url("programme", programme.pk))

    shown = [row.pk for row in page.context["page"].rows]
    if count == 60:
        with django_assert_num_queries(19):
            shown += [
                row.pk
                for row in client.get(url("programme", programme.pk) + page.context["next_url"]).context["page"].rows
            ]
    assert shown == [row.pk for row in rows]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("name", ["programmes", "coverage"])
def test_overviews_ask_the_same_number_of_queries(client, worker, name, count, django_assert_num_queries):
    wing = factories.wing()
    for number in range(count):
        row = programmes.programme(f"Programme {number}", link_worker=worker)
        Coverage.objects.create(programme=row, prison=row.prison, wing=wing, from_on=factories.DAY)
        programmes.enrolment(programme=row)
    client.get(url(name))

    with django_assert_num_queries({"programmes": 13, "coverage": 14}[name]):
        client.get(url(name))


def test_find_leads_to_the_page_of_the_person(client, worker):
    programme = programmes.programme()
    case = factories.case(worker=worker)

    unknown = client.post(url("find_for_programme", programme.pk), {"number": "A9999AA"})
    found = client.post(url("find_for_programme", programme.pk), {"number": case.person.number.lower()})

    assert unknown.context["form"].errors == {"number": ["Nobody with this number is known here."]}
    assert found.url == url("propose", case.person_id) + f"?programme={programme.pk}"
