"""Signing in with a code beside the password: set up, asked for, lost, and kept from everybody else."""

import re
import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import connection
from django.urls import reverse

from casework import context
from casework.access import Role
from casework.models import AuditEntry, User
from casework.operations import second_factor, staff
from tests import codes, factories

pytestmark = pytest.mark.django_db
SIGN_IN, CODE_PAGE, OWN = "/account/sign-in/", "/account/code/", "/account/codes/"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B: "12345678901234567890"


@pytest.fixture
def partner():
    return factories.user(Role.PARTNER, username="lou", second_factor_at=None)


@pytest.fixture
def enrolled(partner):
    """A partner with an app that knows SECRET, and his recovery codes."""
    partner.recovery_codes = second_factor.enrol(secret=SECRET, by=partner)
    return partner


def sign_in(client, user):
    return client.post(SIGN_IN, {"login": user.username, "password": factories.PASSWORD})


def give(client, code):
    return client.post(CODE_PAGE, {"code": code})


def who(client):
    return client.session.get("_auth_user_id")


def actions():
    return list(AuditEntry.objects.filter(kind="ACCOUNT").order_by("pk").values_list("action", flat=True))


def letters(page):
    """The secret as the page shows it to be typed."""
    return re.search(r"<code>([A-Z2-7 ]+)</code>", page.content.decode())[1].replace(" ", "")


# Setting up


def test_codes_are_those_of_the_standard():
    assert [codes.code(SECRET, at=at) for at in [59, 1111111109, 2000000000]] == ["287082", "081804", "279037"]


def test_a_partner_goes_nowhere_before_the_codes_are_set_up(client, partner):
    sign_in(client, partner)

    assert client.get("/").url == OWN
    assert client.get("/coming/").url == OWN
    assert client.post("/coming/1/acknowledge/").url == OWN
    page = client.get(OWN)
    assert page.status_code == 200
    assert "Coming to us" not in page.content.decode()


def test_a_partner_sets_up_codes_and_is_shown_the_recovery_codes_once(client, partner):
    sign_in(client, partner)
    secret = letters(client.get(OWN))

    page = client.post(OWN, {"code": codes.code(secret)}).content.decode()

    shown = re.findall(r"<li><code>(\d{8})</code></li>", page)
    assert len(set(shown)) == 10
    assert client.get("/").status_code == 200
    assert not any(code in client.get(OWN).content.decode() for code in shown)
    assert "account.second_factor_enrolled" in actions()
    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_the_secret_stays_the_same_while_wrong_codes_are_typed(client, partner):
    sign_in(client, partner)
    secret = letters(client.get(OWN))

    page = client.post(OWN, {"code": "000000"})

    assert "This is not the code" in page.content.decode()
    assert letters(page) == secret
    assert client.get("/").url == OWN


def test_setting_up_again_changes_nothing(client, enrolled):
    before = list(Authenticator.objects.values("pk", "data"))
    client.force_login(enrolled)
    sign_in_again = {"password": factories.PASSWORD}
    client.post("/account/unlock/", sign_in_again)

    client.post(OWN, {"code": "123456"})

    assert list(Authenticator.objects.values("pk", "data")) == before


def test_the_page_asks_for_the_password_first_when_it_was_given_long_ago(client, partner):
    client.force_login(partner)

    assert client.get(OWN).url.startswith("/account/unlock/")


def test_a_temporary_password_is_changed_before_codes_are_set_up(client, partner):
    User.objects.filter(pk=partner.pk).update(must_change_password=True)
    sign_in(client, partner)

    assert client.get("/").url == "/account/password/"


def test_staff_may_set_up_codes_and_leave_them(client):
    keyworker = factories.user()
    sign_in(client, keyworker)
    assert client.get("/me/").status_code == 200
    client.post(OWN, {"code": codes.code(letters(client.get(OWN)))})
    assert Authenticator.objects.filter(user=keyworker).count() == 2

    response = client.post(f"{OWN}leave/")

    assert response.url == "/me/"
    assert Authenticator.objects.filter(user=keyworker).count() == 0
    assert client.get("/").status_code == 200
    assert "account.second_factor_left" in actions()


def test_a_partner_cannot_do_without_codes(client, enrolled):
    sign_in(client, enrolled)
    give(client, codes.code(SECRET))

    client.post(f"{OWN}leave/")

    enrolled.refresh_from_db()
    assert enrolled.second_factor_at is not None


# Signing in


def test_the_password_alone_lets_nobody_in_who_has_codes(client, enrolled):
    response = sign_in(client, enrolled)

    assert (response.url, who(client)) == (CODE_PAGE, None)
    assert client.get("/").url.startswith(SIGN_IN)
    assert client.get(CODE_PAGE).status_code == 200


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_lets_in_though_the_clock_of_the_telephone_is_wrong_by_a_step(client, enrolled, steps):
    sign_in(client, enrolled)

    response = give(client, codes.code(SECRET, steps))

    assert (response.url, who(client)) == ("/", str(enrolled.pk))
    assert actions()[-1] == "account.signed_in"


def test_a_code_lets_in_once(client, enrolled, client_factory):
    with time_machine.travel(time.time(), tick=False) as clock:
        code, other = codes.code(SECRET), client_factory()
        sign_in(client, enrolled)
        give(client, code)
        clock.shift(31)  # By now the package has forgotten it, and by the clock it still counts.
        cache.delete(f"allauth.mfa.totp.used?user={enrolled.pk}&code={code}")
        sign_in(other, enrolled)

        page = give(other, code)

    assert "used already" in page.content.decode()
    assert who(other) is None


def test_a_recovery_code_lets_in_once(client, enrolled, client_factory):
    for browser in [client, other := client_factory()]:
        sign_in(browser, enrolled)
        give(browser, enrolled.recovery_codes[0])

    assert (who(client), who(other)) == (str(enrolled.pk), None)


def test_the_sixth_wrong_code_closes_the_door_and_is_in_the_trail(client, enrolled):
    sign_in(client, enrolled)
    for _ in range(5):
        give(client, "000000")

    page = give(client, codes.code(SECRET))

    assert "Too many failed" in page.content.decode()
    assert who(client) is None
    assert actions()[-6:] == ["account.code_refused"] * 5 + ["account.limited"]


def test_new_recovery_codes_end_the_old_ones(client, enrolled, client_factory):
    sign_in(client, enrolled)
    give(client, codes.code(SECRET))

    page = client.post(f"{OWN}renew/").content.decode()

    new = re.findall(r"<li><code>(\d{8})</code></li>", page)
    other = client_factory()
    sign_in(other, enrolled)
    give(other, enrolled.recovery_codes[0])
    assert who(other) is None
    give(other, new[0])
    assert who(other) == str(enrolled.pk)


def test_a_lock_asks_for_the_password_and_takes_no_code(client, enrolled):
    sign_in(client, enrolled)
    give(client, codes.code(SECRET))

    page = client.get("/account/unlock/")

    assert page.context["reauthentication_alternatives"] == []


def test_under_another_key_no_code_is_right(client, enrolled, settings):
    settings.AUDIT_KEY = "another" * 10
    sign_in(client, enrolled)

    assert give(client, codes.code(SECRET)).status_code == 200
    assert who(client) is None


# Resetting


@pytest.fixture
def admin():
    return factories.user(Role.ADMINISTRATOR)


def test_reset_forgets_the_secret_and_ends_the_session(client, enrolled, admin):
    sign_in(client, enrolled)
    give(client, codes.code(SECRET))

    with context.acting(admin):
        staff.reset_second_factor(user=enrolled, version=enrolled.version, by=admin)

    assert client.get("/").url.startswith(SIGN_IN)
    assert Authenticator.objects.count() == 0
    sign_in(client, enrolled)
    assert client.get("/").url == OWN


def test_an_administrator_resets_codes_by_a_page(client, enrolled, admin):
    client.force_login(admin)
    url = reverse("casework:reset_codes", args=[enrolled.pk])

    assert client.get(url).status_code == 200
    assert client.post(url, {"version": enrolled.version}).status_code == 302
    again = client.post(url, {"version": enrolled.version + 1})

    assert "has not set up any codes" in again.content.decode()
    assert AuditEntry.objects.filter(action="staff.second_factor_reset", by_id=admin.pk).count() == 1


# The database


def ask(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SYSTEM])
def test_no_page_but_those_of_accounts_reads_a_secret(enrolled, role):
    with (
        pytest.raises(Exception, match="permission denied for table mfa_authenticator"),
        context.acting(factories.user(role)),
    ):
        ask("SELECT data FROM mfa_authenticator")


def test_who_is_signed_in_reaches_his_own_secret_only(enrolled):
    other = factories.user(Role.PARTNER)

    with context.acting(other, role="ww_anonymous"):
        assert ask("SELECT count(*) FROM mfa_authenticator") == [(0,)]
        assert ask("UPDATE mfa_authenticator SET last_used_at = now()") == 0
    with context.acting(enrolled, role="ww_anonymous"):
        assert ask("SELECT count(*) FROM mfa_authenticator") == [(2,)]


def test_nobody_plants_a_secret_for_another(enrolled):
    other = factories.user(Role.PARTNER)

    with pytest.raises(Exception, match="row-level security"), context.acting(other, role="ww_anonymous"):
        ask(
            "INSERT INTO mfa_authenticator (user_id, type, data, created_at) VALUES (%s, 'webauthn', '{}', now())",
            enrolled.pk,
        )


def test_an_administrator_says_for_nobody_that_he_has_codes(partner, admin):
    with pytest.raises(Exception, match="set up by its owner"), context.acting(admin):
        ask("UPDATE casework_user SET second_factor_at = now() WHERE id = %s", partner.pk)


def test_the_table_of_secrets_is_locked_for_its_owner_too_and_keeps_its_history(enrolled):
    assert ask("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = 'mfa_authenticator'") == [
        (True, True)
    ]
    assert AuditEntry.objects.filter(kind="ROW", target="mfa_authenticator", action="insert").count() == 2
