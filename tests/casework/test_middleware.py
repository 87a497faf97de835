"""Sessions that lock, and what was being sent when they did."""

import re
import time

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from casework.access import Role
from casework.models import AuditEntry, Draft, Wing
from tests import factories

pytestmark = pytest.mark.django_db
UNLOCK = "/account/unlock/"
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
    """A session of an administrator in which nobody has clicked for longer than it stays open; ``client.token``: of a form left open."""
    sign_in(client, admin)
    client.token = opened(client, WINGS)
    clock.shift(IDLE + 1)
    return client


def opened(client, path):
    """The token that the form of a page carries."""
    return re.search(r'name="draft_token" value="([^"]+)"', client.get(path).content.decode())[1]


def typed():
    return [draft.fields for draft in Draft.objects.order_by("pk")]


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


def test_what_was_being_sent_is_offered_with_everything_typed(client, admin, clock):
    sign_in(client, admin)
    token = opened(client, f"{WINGS}?from=here")
    clock.shift(IDLE + 1)

    response = client.post(f"{WINGS}?from=here", {**TYPED, "draft_token": token})

    draft = Draft.objects.get()
    assert response.url == f"{UNLOCK}?next=%2Fsettings%2Fwings%2Fadd%2F%3Ffrom%3Dhere%26draft%3D{draft.key}"
    assert Wing.objects.count() == 0
    assert draft.fields == [
        ["code", "E"],
        ["name", TYPED["name"]],
        ["kind", "GENERAL"],
        ["kind", "DRUG_FREE"],
        ["note", TYPED["note"]],
    ]
    assert unlock(client, after=draft.use_url).url == draft.use_url
    page = client.get(draft.use_url)
    assert page.context["form"]["name"].value() == TYPED["name"]
    assert "<script>alert" not in page.content.decode()
    assert "This is your unsaved text" in page.content.decode()


def test_what_was_being_sent_can_be_looked_at_again_until_it_is_saved(idle):
    idle.post(WINGS, {"code": "E", "name": "E wing", "kind": "GENERAL", "draft_token": idle.token})
    unlock(idle)
    draft = Draft.objects.get()

    assert [idle.get(draft.use_url).status_code for _ in range(2)] == [200, 200]
    again = {**dict(draft.fields), "draft_token": opened(idle, draft.use_url)}
    assert idle.post(draft.use_url, again).url == reverse("casework:wings")

    assert Wing.objects.get().name == "E wing"
    assert typed() == []


def test_two_things_being_sent_are_both_kept_and_the_same_once(client, admin, clock):
    sign_in(client, admin)
    tokens = {path: opened(client, path) for path in [WINGS, "/settings/rooms/add/"]}
    clock.shift(IDLE + 1)

    for path in [WINGS, WINGS, "/settings/rooms/add/"]:
        client.post(path, {"name": "One", "draft_token": tokens[path]})

    assert list(Draft.objects.order_by("pk").values_list("path", flat=True)) == [WINGS, "/settings/rooms/add/"]


def test_what_is_typed_under_the_lock_is_kept_and_shown_to_nobody(idle, clock):
    kept = idle.post("/drafts/keep/", {"name": "E wing", "draft_token": idle.token})
    assert kept.json() == {
        "at": f"{timezone.localtime():%H:%M}",
        "locked": False,
    }  # The lock falls with the next click.

    idle.get("/")
    kept = idle.post("/drafts/keep/", {"name": "E wing at last", "draft_token": idle.token})
    assert kept.json()["locked"] is True
    assert typed() == [[["name", "E wing at last"]]]
    for path in ["/drafts/", WINGS, Draft.objects.get().use_url]:
        assert idle.get(path).url.startswith(UNLOCK)


def test_keeping_a_draft_is_no_click(client, admin, clock):
    sign_in(client, admin)
    token = opened(client, WINGS)

    for _ in range(3):
        clock.shift(IDLE / 2 - 1)
        client.post("/drafts/keep/", {"name": "E", "draft_token": token})

    assert client.get("/").url.startswith(UNLOCK)


@pytest.mark.parametrize("leave", [True, False], ids=["after signing out", "over the old session"])
def test_what_one_person_sent_is_never_shown_to_another(idle, leave):
    idle.post(WINGS, {**TYPED, "draft_token": idle.token})
    draft, other = Draft.objects.get(), factories.user(Role.ADMINISTRATOR)
    if leave:
        idle.post("/account/sign-out/")
        sign_in(idle, other)
    else:
        idle.force_login(other)

    for path in ["/drafts/", WINGS, draft.use_url]:
        assert "ten" not in idle.get(path).content.decode().replace("content", "")
    assert "unsaved text" not in idle.get(draft.use_url).content.decode()


def test_the_form_of_one_person_keeps_nothing_under_the_name_of_another(idle):
    idle.force_login(factories.user(Role.ADMINISTRATOR))

    assert idle.post("/drafts/keep/", {**TYPED, "draft_token": idle.token}).status_code == 404
    idle.post(WINGS, {"name": "no code", "draft_token": idle.token})
    assert typed() == []


@pytest.mark.parametrize("token", ["", "forged", "eyJ1c2VyIjoxfQ:1abc:def"])
def test_a_form_from_elsewhere_is_not_kept(admin, clock, token):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(admin)
    strict.get("/")
    assert strict.post("/drafts/keep/", {**TYPED, "draft_token": token}).status_code == 404
    clock.shift(IDLE + 1)

    assert strict.post(WINGS, {**TYPED, "draft_token": token}).status_code == 403
    assert typed() == []


def test_a_form_of_ours_that_was_open_while_somebody_signed_in_again_is_kept(admin):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(admin)
    token = opened(strict, WINGS)

    response = strict.post(
        WINGS, {"code": "E", "name": "E wing", "draft_token": token, "csrfmiddlewaretoken": "x" * 64}
    )

    assert response.status_code == 403
    assert 'href="/drafts/"' in response.content.decode()
    assert typed() == [[["code", "E"], ["name", "E wing"]]]


@pytest.mark.parametrize(
    ("referer", "after"),
    [
        ("http://testserver/settings/wings/?a=1", "/settings/wings/?a=1"),
        ("https://elsewhere.example/settings/", "/"),
        ("//elsewhere.example/settings/", "/"),
        ("", "/"),
    ],
)
def test_a_mere_button_leads_back_to_its_page_and_says_that_nothing_was_done(idle, referer, after):
    response = idle.post("/settings/wings/1/end/", headers={"Referer": referer})

    assert response.url == f"{UNLOCK}?{urlencode({'next': after})}"
    assert "nothing was done" in idle.get(response.url).content.decode()
    assert typed() == []


@pytest.mark.parametrize("after", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"])
def test_unlocking_leads_to_our_own_pages_only(idle, after):
    idle.get("/")

    assert unlock(idle, after=after).url == "/"


def test_a_part_of_a_page_makes_the_whole_page_ask(idle):
    part = idle.get("/settings/", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Refresh"]) == (200, "true")

    sent = idle.post(WINGS, {**TYPED, "draft_token": idle.token}, headers={"HX-Request": "true"})
    assert sent.headers["HX-Redirect"].startswith(f"{UNLOCK}?next=%2Fsettings%2Fwings%2Fadd%2F%3Fdraft%3D")


def test_a_password_is_never_kept(idle):
    idle.post("/account/password/", {"oldpassword": "one", "password1": "two", "draft_token": idle.token})
    idle.post(WINGS, {"name": "E", "new_password": "three", "draft_token": idle.token})

    assert typed() == [[["name", "E"]]]
