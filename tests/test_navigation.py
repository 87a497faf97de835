import pytest
from django.urls import reverse

from casework.access import Role
from config.navigation import FURTHER
from tests import factories

pytestmark = pytest.mark.django_db
MENU = ["Today", "Find a person", "Front door", "Caseload", "Sessions", "Releases", "Agencies", "Month"]


def menu(client, role, address="/"):
    client.force_login(factories.user(role))
    return client.get(address).context["navigation"]


@pytest.mark.parametrize(
    ("role", "labels"),
    [
        (Role.KEYWORKER, [*MENU, "Off the roll"]),
        (Role.MANAGER, [*MENU, "Roll", "Off the roll"]),
        (Role.ADMINISTRATOR, ["Today", "Roll", "Settings"]),
        (Role.AUDITOR, ["Today", "Month", "Audit"]),
    ],
)
def test_menu_is_short_enough_for_one_line(client, role, labels):
    assert [place.label for place in menu(client, role)] == labels


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("reporting:due", "Caseload"),
        ("reporting:leaving", "Caseload"),
        ("partners:meetings", "Releases"),
        ("partners:outward", "Releases"),
        ("partners:aftercare", "Releases"),
        ("partners:notices", "Front door"),
        ("partners:key_holders", "Sessions"),
    ],
)
def test_menu_marks_the_place_of_a_page(client, name, label):
    assert [place.label for place in menu(client, Role.KEYWORKER, reverse(name)) if place.current] == [label]


@pytest.mark.parametrize("place", ["casework:caseload", "partners:releases"])
def test_what_is_behind_a_place_is_one_click_from_it(client, place):
    client.force_login(factories.user())

    page = client.get(reverse(place)).content.decode()

    assert [address for address in FURTHER[place] if f'href="{address}"' not in page] == []
