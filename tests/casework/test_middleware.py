"""Sessions that lock, and what was being sent when they did."""

import time

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, Wing
from tests import factories

pytestmark = pytest.mark.django_db
UNLOCK = "/account/unlock/"
HELD = "/held/"
IDLE = settings.SESSION_IDLE_SECONDS
WINGS = "/settings/wings/add/"
TYPED = {
    "code": "E",
    "name": '"><script>alert(1)</script>',
    "kind": ["GENERAL", "DRUG_FREE"],
    "note": "ten\r\nmen & 1 € more",
}


@pytest.fixture
def admin():
    return factories.user(Role.ADMINISTRATOR)


@pytest.fixture
def clock():
    with time_machine.travel(time.time(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def idle(client, admin, clock):
    """A session of an administrator in which nobody has clicked for longer than it stays open."""
    sign_in(client, admin)
    assert client.get("/").status_code == 200
    clock.shift(IDLE + 1)
    return client


def sign_in(client, user):
    return client.post("/account/sign-in/", {"login": user.username, "password": factories.PASSWORD})


def unlock(client, password=factories.PASSWORD, after="/"):
    return client.post(UNLOCK, {"password": password, "next": after})


def test_a_session_stays_open_while_somebody_clicks(client, admin, clock):
    sign_in(client, admin)

    for _ in range(5):
        clock.shift(IDLE - 1)
        assert client.get("/").status_code == 200


def test_a_session_locks_when_idle(idle):
    assert idle.get("/settings/?a=1").url == f"{UNLOCK}?next=%2Fsettings%2F%3Fa%3D1"
    assert idle.get("/settings/").status_code == 302


def test_asking_how_far_work_has_got_is_no_click(client, admin, clock):
    sign_in(client, admin)
    client.get("/")

    for _ in range(3):
        clock.shift(IDLE / 2 - 1)
        client.get("/health/progress/")
    clock.shift(10)

    assert client.get("/").url.startswith(UNLOCK)


def test_unlocking_leads_back_under_a_new_key(idle):
    idle.get("/settings/?a=1")
    before = idle.session.session_key

    assert unlock(idle, after="/settings/?a=1").url == "/settings/?a=1"
    assert idle.get("/settings/?a=1").status_code == 200
    assert idle.session.session_key != before


def test_unlocking_lasts_no_longer_than_any_click(idle, clock):
    idle.get("/")
    unlock(idle)

    clock.shift(IDLE + 1)

    assert idle.get("/").url.startswith(UNLOCK)


def test_a_wrong_password_unlocks_nothing_and_is_recorded(idle, admin):
    idle.get("/")

    response = unlock(idle, "wrong")

    assert response.status_code == 200
    assert idle.get("/").url.startswith(UNLOCK)
    refused = AuditEntry.objects.get(action="account.refused")
    assert (refused.by_id, refused.target_key) == (admin.pk, str(admin.pk))


def test_guessing_at_the_lock_is_stopped(idle, admin):
    idle.get("/")
    for _ in range(5):
        unlock(idle, "wrong")

    assert unlock(idle).status_code == 200
    assert idle.get("/").url.startswith(UNLOCK)


def test_a_session_asks_for_the_password_after_some_hours_of_clicks(client, admin, clock):
    sign_in(client, admin)
    client.get("/")
    for _ in range(settings.SESSION_COOKIE_AGE // 500 + 1):
        clock.shift(500)
        locked = client.get("/").status_code == 302
        if locked:
            break

    assert locked
    unlock(client)
    assert client.get("/").status_code == 200


def test_what_was_being_sent_is_offered_with_everything_typed(idle):
    response = idle.post(f"{WINGS}?from=here", TYPED)
    assert response.url == f"{UNLOCK}?next=%2Fheld%2F"
    assert Wing.objects.count() == 0
    assert unlock(idle, after=HELD).url == HELD

    page = idle.get(HELD)

    assert page.context["forms"] == [
        {
            "path": f"{WINGS}?from=here",
            "fields": [
                ("code", "E"),
                ("name", TYPED["name"]),
                ("kind", "GENERAL"),
                ("kind", "DRUG_FREE"),
                ("note", TYPED["note"]),
            ],
        }
    ]
    assert "<script>alert" not in page.content.decode()
    assert f'action="{WINGS}?from=here"' in page.content.decode()


def test_what_is_held_can_be_looked_at_again_until_it_is_sent(idle):
    idle.post(WINGS, {"code": "E", "name": "E wing", "kind": "GENERAL"})
    unlock(idle)

    assert [idle.get(HELD).status_code for _ in range(2)] == [200, 200]
    form = idle.get(HELD).context["forms"][0]
    assert idle.post(form["path"], dict(form["fields"])).url == reverse("casework:wings")

    assert Wing.objects.get().name == "E wing"
    assert idle.get(HELD).url == "/"


def test_two_things_being_sent_are_both_held_and_the_same_once(idle):
    for address in [WINGS, WINGS, "/settings/rooms/add/"]:
        idle.post(address, {"name": "One"})
    unlock(idle)

    assert [form["path"] for form in idle.get(HELD).context["forms"]] == ["/settings/rooms/add/", WINGS]


def test_nothing_held_is_shown_before_unlocking(idle):
    idle.post(WINGS, TYPED)

    assert idle.get(HELD).url.startswith(UNLOCK)
    unlock(idle, "wrong")
    assert idle.get(HELD).url.startswith(UNLOCK)


@pytest.mark.parametrize("leave", [True, False], ids=["after signing out", "over the old session"])
def test_what_one_person_sent_is_never_shown_to_another(idle, leave):
    idle.post(WINGS, TYPED)
    other = factories.user(Role.ADMINISTRATOR)
    if leave:
        idle.post("/account/sign-out/")
        sign_in(idle, other)
    else:
        idle.force_login(other)

    assert idle.get(HELD).url == "/"
    assert "held" not in idle.session


def test_a_form_from_elsewhere_is_not_held(admin, clock):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(admin)
    strict.get("/")
    clock.shift(IDLE + 1)

    assert strict.post(WINGS, TYPED).status_code == 403
    assert "held" not in strict.session


@pytest.mark.parametrize(
    "path", ["//elsewhere.example/settings/", "/\\elsewhere.example/", "/%2F%2Felsewhere.example/"]
)
def test_a_held_form_is_sent_to_our_own_pages_only(idle, path):
    idle.generic("POST", path, "a=1", content_type="application/x-www-form-urlencoded")
    unlock(idle)

    response = idle.get(HELD)

    forms = response.context["forms"] if response.status_code == 200 else []
    assert [form for form in forms if form["path"].startswith(("//", "/\\")) or ":" in form["path"]] == []


@pytest.mark.parametrize("after", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"])
def test_unlocking_leads_to_our_own_pages_only(idle, after):
    idle.get("/")

    assert unlock(idle, after=after).url == "/"


def test_a_part_of_a_page_makes_the_whole_page_ask(idle):
    part = idle.get("/settings/", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Refresh"]) == (200, "true")

    sent = idle.post(WINGS, TYPED, headers={"HX-Request": "true"})
    assert sent.headers["HX-Redirect"] == f"{UNLOCK}?next=%2Fheld%2F"


def test_a_password_is_never_held(idle):
    idle.post("/account/password/", {"oldpassword": "one", "password1": "two", "password2": "two"})

    assert "held" not in idle.session
