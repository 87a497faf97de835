"""Wings, rooms, regime times and prisons, through their pages."""

from datetime import time

import pytest
from django.urls import reverse

from casework.access import Role
from casework.forms.prison import DEADLINES
from casework.models import AuditEntry, Location, Prison, RegimeTime, Room, Wing, WingCover
from tests import factories

pytestmark = pytest.mark.django_db
WING = {"code": "e", "name": "E wing", "kind": "DRUG_FREE"}
ROOM = {"name": "Group room 1", "wing": "", "capacity": "8"}
AM = {"name": "AM", "starts_at": "08:30", "ends_at": "11.30"}
SORTS = [("wing", Wing, WING), ("room", Room, ROOM), ("regime_time", RegimeTime, AM)]


@pytest.fixture
def admin(client):
    made = factories.user(Role.ADMINISTRATOR)
    client.force_login(made)
    return made


def url(name, *args):
    return reverse(f"casework:{name}", args=args)


def actions():
    return list(AuditEntry.objects.filter(kind="OPERATION").order_by("pk").values_list("action", flat=True))


def make(sort):
    prison = factories.prison()
    if sort == "wing":
        return Wing.objects.create(prison=prison, code="E", name="E wing")
    if sort == "room":
        return Room.objects.create(prison=prison, name="Group room 1", capacity=8)
    return RegimeTime.objects.create(prison=prison, name="AM", starts_at=time(8, 30), ends_at=time(11, 30))


@pytest.mark.parametrize(("sort", "model", "answers"), SORTS)
def test_add_takes_a_place_into_use_at_our_prison(client, admin, sort, model, answers):
    response = client.post(url(f"add_{sort}"), answers)

    assert response.url == url(f"{sort}s")
    assert model.objects.get().prison == admin.prison
    assert actions() == [f"{model._meta.model_name}.added"]
    assert str(model.objects.get()) in client.get(response.url).content.decode()


@pytest.mark.parametrize(("sort", "model", "answers"), SORTS)
def test_add_sent_twice_makes_one_and_says_so_beside_the_field(client, admin, sort, model, answers):
    client.post(url(f"add_{sort}"), answers)

    page = client.post(url(f"add_{sort}"), answers)

    assert list(page.context["form"].errors) == ["code" if sort == "wing" else "name"]
    assert "There is already a" in page.content.decode()
    assert model.objects.count() == 1


@pytest.mark.parametrize(("sort", "model", "answers"), SORTS)
def test_change_changes_and_writes_what_was_before(client, admin, sort, model, answers):
    place = make(sort)

    response = client.post(url(f"change_{sort}", place.pk), {**answers, "name": "New", "version": 1})

    assert response.url == url(f"{sort}s")
    place.refresh_from_db()
    assert (place.name, place.version) == ("New", 2)
    assert AuditEntry.objects.get(kind="OPERATION").detail["changed"]["name"][1] == "New"


@pytest.mark.parametrize(("sort", "model", "answers"), SORTS)
def test_change_on_an_older_version_is_told_and_shows_both(client, admin, sort, model, answers):
    place = make(sort)
    model.objects.filter(pk=place.pk).update(name="Theirs", version=2)

    page = client.post(url(f"change_{sort}", place.pk), {**answers, "name": "Mine", "version": 1})

    text = page.content.decode()
    assert "Somebody else changed this" in text
    assert 'value="Mine"' in text
    assert page.context["form"].theirs["name"] == "Theirs"
    assert '<input type="hidden" name="version" value="2"' in text
    assert model.objects.get().name == "Theirs"

    again = client.post(url(f"change_{sort}", place.pk), {**answers, "name": "Mine", "version": 2})
    assert (again.status_code, model.objects.get().name) == (302, "Mine")


@pytest.mark.parametrize(("sort", "model", "answers"), SORTS)
def test_end_ends_and_never_deletes_and_the_name_may_be_used_again(client, admin, sort, model, answers):
    place = make(sort)
    assert client.get(url(f"end_{sort}", place.pk)).status_code == 200

    client.post(url(f"end_{sort}", place.pk), {"version": 1})

    place.refresh_from_db()
    assert place.ended_on is not None
    assert actions() == [f"{model._meta.model_name}.ended"]
    name, listed = str(place), url(f"{sort}s")
    assert f'<th scope="row">{name}' not in client.get(listed).content.decode()
    assert place in client.get(f"{listed}?ended=1").context["ended"]
    assert client.get(url(f"change_{sort}", place.pk)).status_code == 404
    assert client.post(url(f"add_{sort}"), answers).status_code == 302
    assert model.objects.count() == 2


@pytest.mark.parametrize(("sort", "model", "answers"), SORTS)
def test_lists_say_when_they_are_empty(client, admin, sort, model, answers):
    page = client.get(f"{url(f'{sort}s')}?ended=1").content.decode()

    assert f"No {sort.replace('_', ' ')} has been added yet" in page
    assert f"No {sort.replace('_', ' ')} has been ended" in page


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_ask_the_same_queries_for_one_and_for_three(client, admin, rows, django_assert_num_queries):
    for number in range(rows):
        wing = factories.wing(code=f"W{number}")
        Room.objects.create(prison=wing.prison, name=f"Room {number}", wing=wing)
    client.get(url("rooms"))

    with django_assert_num_queries(11):
        client.get(url("rooms"))


def test_end_refuses_a_wing_with_people_on_it_and_says_how_many(client, admin):
    wing = make("wing")
    for _ in range(2):
        stay = factories.spell()
        Location.objects.filter(spell=stay).update(wing=wing)
    gone = factories.spell()
    Location.objects.filter(spell=gone).update(wing=wing, until_at=factories.at())

    page = client.post(url("end_wing", wing.pk), {"version": 1}).content.decode()

    assert "2 people are still on E wing" in page
    wing.refresh_from_db()
    assert wing.ended_on is None


def test_end_refuses_a_wing_with_rooms_on_it(client, admin):
    wing = make("wing")
    Room.objects.create(prison=wing.prison, name="Office", wing=wing)

    assert "1 room is still on E wing" in client.post(url("end_wing", wing.pk), {"version": 1}).content.decode()


def test_end_of_a_wing_ends_its_cover(client, admin):
    wing = make("wing")
    cover = WingCover.objects.create(user=admin, prison=wing.prison, wing=wing, from_on=factories.DAY)

    client.post(url("end_wing", wing.pk), {"version": 1})

    cover.refresh_from_db()
    assert cover.ended_on is not None


@pytest.mark.parametrize(
    ("sort", "answers", "field"),
    [
        ("regime_time", {**AM, "ends_at": "08:30"}, "ends_at"),
        ("regime_time", {**AM, "starts_at": "half past"}, "starts_at"),
        ("room", {**ROOM, "capacity": "0"}, "capacity"),
        ("wing", {**WING, "code": ""}, "code"),
        ("wing", {**WING, "kind": "PALACE"}, "kind"),
    ],
)
def test_add_refuses_beside_the_field(client, admin, sort, answers, field):
    page = client.post(url(f"add_{sort}"), answers)

    assert list(page.context["form"].errors) == [field]


def test_a_room_is_not_put_on_a_wing_of_another_prison(client, admin):
    theirs = factories.wing(prison=factories.prison("ACI", "Altcourse"))

    page = client.post(url("add_room"), {**ROOM, "wing": theirs.pk})

    assert list(page.context["form"].errors) == ["wing"]


@pytest.mark.parametrize("page", ["change_wing", "end_wing"])
def test_places_of_another_prison_are_not_found(client, admin, page):
    theirs = factories.wing(prison=factories.prison("ACI", "Altcourse"))

    assert client.get(url(page, theirs.pk)).status_code == 404
    assert client.post(url(page, theirs.pk), {**WING, "version": 1}).status_code == 404


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER, Role.PARTNER, Role.AUDITOR])
@pytest.mark.parametrize(
    "page", ["settings", "prisons", "wings", "rooms", "regime_times", "staff", "agencies", "add_wing", "make_account"]
)
def test_settings_are_for_administrators(client, role, page):
    client.force_login(factories.user(role))

    assert client.get(url(page)).status_code == 403


def test_settings_lead_to_every_page(client, admin):
    page = client.get(url("settings")).content.decode()

    for each in ["prisons", "deadlines", "wings", "rooms", "regime_times", "staff", "agencies"]:
        assert f'href="{url(each)}"' in page


# Prisons

PRISON = {"name": "Liverpool", "structured_minutes": "25"}


def test_change_prison_changes_ours(client, admin):
    response = client.post(url("change_prison", admin.prison_id), {**PRISON, "version": 1})

    prison = Prison.objects.get(pk=admin.prison_id)
    assert response.url == url("prisons")
    assert (prison.structured_minutes, prison.code) == (25, "LPI")
    assert actions() == ["prison.changed"]


def test_change_prison_does_not_find_another(client, admin):
    other = factories.prison("ACI", "Altcourse")

    assert client.post(url("change_prison", other.pk), {**PRISON, "version": 1}).status_code == 404


def test_change_prison_on_an_older_version_is_told(client, admin):
    Prison.objects.update(version=4)

    page = client.post(url("change_prison", admin.prison_id), {**PRISON, "version": 1})

    assert "Somebody else changed this" in page.content.decode()


def test_add_prison_adds_it_once(client, admin):
    for _ in range(2):
        page = client.post(url("add_prison"), {**PRISON, "name": "Altcourse", "code": "aci"})

    assert Prison.objects.get(code="ACI").name == "Altcourse"
    assert page.context["form"].errors == {"code": ["There is already a prison with this code."]}
    assert actions() == ["prison.added"]


@pytest.mark.parametrize("code", ["ALT", "A1I", "ACII", ""])
def test_add_prison_refuses_a_code_of_another_shape(client, admin, code):
    assert list(client.post(url("add_prison"), {**PRISON, "code": code}).context["form"].errors) == ["code"]


# Deadlines


def deadlines(admin, **given):
    names = [name for asked in DEADLINES.values() for name, _, _ in asked]
    return {**{name: getattr(admin.prison, name) for name in names}, "version": admin.prison.version, **given}


def test_deadlines_are_settings_of_our_prison(client, admin):
    other = factories.prison("ACI", "Altcourse (HMP)")

    response = client.post(url("deadlines"), deadlines(admin, plan_review_days=70))

    admin.prison.refresh_from_db()
    other.refresh_from_db()
    assert response.url == url("settings")
    assert (admin.prison.plan_review_days, other.plan_review_days) == (70, 84)
    assert actions() == ["prison.changed"]


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"plan_review_days": 0}, {"plan_review_days": ["Give 1 or more."]}),
        ({"plan_review_days": 99999}, {"plan_review_days": ["Give at most 366."]}),
        ({"reoffer_days": "soon"}, {"reoffer_days": ["Give a whole number."]}),
        ({"clinical_second_review_days": 4}, {"clinical_second_review_days": ["The second review comes after the first."]}),
        ({"priority_working_days": 6}, {"priority_working_days": ["A priority referral is triaged at least as soon as an ordinary one."]}),
    ],
)  # fmt: skip
def test_deadlines_refuse_beside_the_field(client, admin, given, errors):
    response = client.post(url("deadlines"), deadlines(admin, **given))

    assert response.context["form"].errors == errors
    admin.prison.refresh_from_db()
    assert admin.prison.version == 1


def test_every_timer_of_a_prison_is_a_setting():
    timers = {
        f.name for f in Prison._meta.get_fields() if f.name.endswith(("_days", "_weeks", "_months", "_hours", "_day"))
    }

    assert timers == {name for asked in DEADLINES.values() for name, _, _ in asked}


def test_deadlines_are_the_administrators(client):
    client.force_login(factories.user(Role.MANAGER))

    assert client.get(url("deadlines")).status_code == 403


def test_a_drug_free_wing_has_a_unit_with_places_and_another_has_none(client, admin):
    unit = {"landing": "3", "places": "40"}
    refused = client.post(url("add_wing"), {**WING, **unit, "kind": "GENERAL"})
    huge = client.post(url("add_wing"), {**WING, "places": "999"})
    client.post(url("add_wing"), {**WING, **unit})

    words = "Only a drug-free wing has a unit. Choose that kind, or leave this empty."
    assert refused.context["form"].errors == {"landing": [words], "places": [words]}
    assert huge.context["form"].errors == {"places": ["A unit has between 1 and 500 places."]}
    assert [(wing.landing, wing.places) for wing in Wing.objects.all()] == [("3", 40)]
    assert "40 places, landing 3" in client.get(url("wings")).text
