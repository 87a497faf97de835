"""Signing in and out, and choosing a password, through the pages."""

import pytest
from django.conf import settings
from django.contrib.auth import hashers
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, User
from casework.operations import staff
from tests import factories

pytestmark = pytest.mark.django_db
SIGN_IN = "/account/sign-in/"
PASSWORD_PAGE = "/account/password/"
NEW = "seven-purple-lanterns"


def sign_in(client, username, password=factories.PASSWORD, **extra):
    return client.post(SIGN_IN, {"login": username, "password": password}, **extra)


def who(client):
    return client.session.get("_auth_user_id")


def trail():
    return list(AuditEntry.objects.filter(kind="ACCOUNT").order_by("pk").values_list("action", "by_id", "target_key"))


@pytest.fixture
def worker():
    return factories.user(username="sam.testerton")


@pytest.mark.parametrize("typed", ["sam.testerton", "Sam.Testerton", " SAM.TESTERTON "])
def test_sign_in_takes_the_user_name_in_any_case(client, worker, typed):
    response = sign_in(client, typed)

    assert response.url == "/"
    assert who(client) == str(worker.pk)
    assert trail() == [("account.signed_in", worker.pk, str(worker.pk))]


def test_sign_in_says_the_same_of_a_wrong_password_and_of_nobody(client, worker):
    wrong = sign_in(client, worker.username, "not-the-password").content.decode()
    nobody = sign_in(client, "no.such.body", "not-the-password").content.decode()

    def said(page):
        return page[page.index("govuk-error-summary") : page.index("</h1>")]

    assert said(wrong) == said(nobody)
    assert who(client) is None
    assert trail() == [("account.refused", None, str(worker.pk)), ("account.refused", None, "")]
    assert "no.such.body" not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_sign_in_records_a_refusal_however_it_was_asked(client, worker):
    sign_in(client, worker.username, "wrong", headers={"X-Requested-With": "XMLHttpRequest"})
    sign_in(client, worker.username, "wrong", headers={"Accept": "application/json"})

    assert [action for action, _, _ in trail()] == ["account.refused"] * 2


def test_sign_in_refuses_the_sixth_attempt_before_hashing(client, worker, monkeypatch):
    for _ in range(5):
        sign_in(client, worker.username, "wrong")
    hashed = []
    monkeypatch.setattr(User, "check_password", lambda *given: hashed.append(given))
    monkeypatch.setattr(User, "set_password", lambda *given: hashed.append(given))
    monkeypatch.setattr(hashers, "make_password", lambda *given: hashed.append(given))

    response = sign_in(client, worker.username.upper())

    assert (who(client), hashed) == (None, [])
    assert "Too many failed" in response.content.decode()
    assert trail()[-1] == ("account.limited", None, str(worker.pk))


def test_sign_in_still_lets_others_in_from_the_same_address(client, worker):
    colleague = factories.user()
    for _ in range(7):
        sign_in(client, worker.username, "wrong")

    sign_in(client, colleague.username)

    assert who(client) == str(colleague.pk)


def test_sign_in_refuses_a_deactivated_account(client, worker):
    User.objects.filter(pk=worker.pk).update(is_active=False)

    response = sign_in(client, worker.username)

    assert (response.url, who(client)) == (reverse("account_inactive"), None)
    assert client.get(response.url).status_code == 200
    assert "account.signed_in" not in [action for action, _, _ in trail()]


@pytest.mark.parametrize(
    "away", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:1"]
)
def test_sign_in_leads_to_our_own_pages_only(client, worker, away):
    response = client.post(SIGN_IN, {"login": worker.username, "password": factories.PASSWORD, "next": away})

    assert response.url == "/"


def test_sign_in_gives_the_session_a_new_key(client, worker):
    client.get(SIGN_IN)
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key

    sign_in(client, worker.username)

    assert client.session.session_key != before


def test_sign_in_sets_a_guarded_cookie(client, worker):
    cookie = sign_in(client, worker.username).cookies[settings.SESSION_COOKIE_NAME]

    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"]) == (True, "Lax", "/", "")


def test_sign_out_ends_the_session_and_clears_the_browser(client, worker):
    sign_in(client, worker.username)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value

    response = client.post("/account/sign-out/")

    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert client.get("/").status_code == 302
    assert [action for action, _, _ in trail()] == ["account.signed_in", "account.signed_out"]


def test_sign_out_asks_first_where_it_is_only_visited(client, worker):
    client.force_login(worker)

    client.get("/account/sign-out/")

    assert who(client) == str(worker.pk)


@pytest.mark.parametrize("address", [SIGN_IN, "/", PASSWORD_PAGE, "/nowhere/", "/account/inactive/"])
def test_pages_are_never_stored(client, worker, address):
    client.force_login(worker)

    assert "no-store" in client.get(address).headers["Cache-Control"]


def change_password(client, old=factories.PASSWORD, new=NEW, again=None):
    return client.post(PASSWORD_PAGE, {"oldpassword": old, "password1": new, "password2": again or new})


def test_change_password_keeps_this_session_and_ends_the_others(client, worker, client_factory):
    elsewhere = client_factory()
    for each in [client, elsewhere]:
        sign_in(each, worker.username)

    response = change_password(client)

    assert response.url == "/"
    assert client.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert [entry for entry in trail() if entry[0] == "account.password_changed"] == [
        ("account.password_changed", worker.pk, str(worker.pk))
    ]


def test_change_password_writes_nothing_else_of_the_account(worker):
    seen = User.objects.get(pk=worker.pk)
    User.objects.filter(pk=worker.pk).update(is_active=False, role=Role.AUDITOR)

    staff.choose_password(password=NEW, by=seen)

    worker.refresh_from_db()
    assert (worker.is_active, worker.role, worker.check_password(NEW)) == (False, Role.AUDITOR, True)


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("short", "at least 12"),
        ("sam.testerton1", "too similar"),
        ("123456789012345", "entirely numeric"),
        ("qwerty123456", "too common"),
        (factories.PASSWORD, "differs from the one you have"),
    ],
)
def test_change_password_refuses_a_poor_one(client, worker, new, words):
    client.force_login(worker)

    page = change_password(client, new=new).content.decode()

    assert words in page
    worker.refresh_from_db()
    assert worker.check_password(factories.PASSWORD)


@pytest.mark.parametrize("new", ["x7-" * 21 + "y", "x7-" * 42 + "yz", "correct horse battery ✓ staple"])
def test_change_password_takes_a_long_one_of_any_characters(client, worker, new):
    client.force_login(worker)

    assert change_password(client, new=new).status_code == 302


def test_change_password_asks_for_the_old_one(client, worker):
    client.force_login(worker)

    assert "Please type your current password" in change_password(client, old="guess").content.decode()


def test_a_temporary_password_lets_nobody_past_the_password_page(client, worker):
    User.objects.filter(pk=worker.pk).update(must_change_password=True)
    sign_in(client, worker.username)

    assert client.get("/").url == PASSWORD_PAGE
    assert client.post("/settings/wings/add/").url == PASSWORD_PAGE
    assert client.get(PASSWORD_PAGE).status_code == 200

    change_password(client)

    assert client.get("/").status_code == 200
    worker.refresh_from_db()
    assert worker.must_change_password is False


def test_a_temporary_password_cannot_be_kept(client, worker):
    User.objects.filter(pk=worker.pk).update(must_change_password=True)
    client.force_login(worker)

    change_password(client, new=factories.PASSWORD)

    assert client.get("/").url == PASSWORD_PAGE


@pytest.mark.parametrize(
    "change",
    [{"is_active": False}, {"role": Role.MANAGER}, {"password": "!"}, {"prison": "ACI"}],
    ids=lambda change: next(iter(change)),
)
def test_a_session_ends_when_the_standing_of_the_account_changes(client, worker, change):
    sign_in(client, worker.username)
    assert client.get("/").status_code == 200
    if "prison" in change:
        change = {"prison": factories.prison("ACI", "Altcourse")}

    User.objects.filter(pk=worker.pk).update(**change)

    assert client.get("/").url.startswith(SIGN_IN)


def test_a_session_of_a_partner_ends_when_the_agency_changes(client):
    partner = factories.user(Role.PARTNER)
    client.force_login(partner)

    User.objects.filter(pk=partner.pk).update(agency=factories.agency("Wirral DIP"))

    assert client.get("/").url.startswith(SIGN_IN)


def test_production_lets_nobody_in_with_the_password_of_the_demo(client, settings):
    user = factories.user()
    user.set_password(settings.DEMO_PASSWORD)
    user.save()
    settings.PRODUCTION = True

    sign_in(client, user.username, settings.DEMO_PASSWORD)

    assert who(client) is None
    assert trail() == [("account.refused", None, str(user.pk))]


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "203.0.113.7")])
def test_the_trail_names_the_terminal_and_not_the_proxy(client, worker, settings, proxies, address):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies

    sign_in(client, worker.username, "not-the-password", headers={"x-forwarded-for": "198.51.100.1, 203.0.113.7"})

    assert AuditEntry.objects.get(action="account.refused").address == address
