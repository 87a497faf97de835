import uuid
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from casework import context
from casework.access import Role
from casework.models import AuditEntry
from referrals.models import KioskLink, Slip
from referrals.operations import kiosk as operations
from referrals.queries import kiosk as queries
from tests import factories

pytestmark = pytest.mark.django_db
INDEX, ISSUE = reverse("referrals:kiosks"), reverse("referrals:issue_kiosk")
FAR = date(2027, 12, 31)  # The database goes by its own clock.
WORDS = {"officer": "Officer Ames", "number": "a1234bc", "name": "Sam Testerton", "cell": "A-1-001", "worry": "Shaking"}


@pytest.fixture
def admin(client):
    made = factories.user(Role.ADMINISTRATOR)
    client.force_login(made)
    return made


def issued(by=None, **given):
    given.setdefault("expires_on", FAR)
    wing, by = given.pop("wing", None) or factories.wing(), by or factories.user(Role.ADMINISTRATOR)
    return operations.issue(wing=wing, label="Wing office", by=by, nonce=uuid.uuid4(), **given)


def kiosk(token):
    return reverse("referrals:kiosk", args=[token])


def words(**given):
    return {**WORDS, "nonce": str(uuid.uuid4()), **given}


# Handing in


def test_hand_in_keeps_the_slip_for_the_wing_and_prison_of_the_link(client):
    link, token = issued()

    response = client.post(kiosk(token), words(urgent=["DETOX"], asked_himself="on", date_of_birth="3/4/1985"))

    assert response.url == f"{kiosk(token)}?handed=in"
    slip = Slip.objects.get()
    assert (slip.link, slip.prison, slip.wing) == (link, link.prison, link.wing)
    assert (slip.officer, slip.number, slip.name, slip.cell) == ("Officer Ames", "A1234BC", "Sam Testerton", "A-1-001")
    assert (slip.urgent, slip.asked_himself, slip.date_of_birth) == (["DETOX"], True, date(1985, 4, 3))
    assert (slip.person, slip.answer) == (None, "")
    assert "Handed in" in client.get(response.url).content.decode()


def test_hand_in_is_in_the_trail_by_nobody_with_the_link_named(client):
    link, token = issued()

    client.post(kiosk(token), words())

    entry = AuditEntry.objects.get(action="slip.handed_in")
    assert (entry.by_id, entry.context, entry.target, entry.target_key) == (
        None,
        "",
        "referrals.kiosklink",
        str(link.pk),
    )
    assert (entry.prison_id, entry.detail, entry.person_id) == (link.prison_id, {}, None)
    assert not AuditEntry.objects.filter(detail__icontains=token).exists()


def test_hand_in_counts_the_uses_of_the_link(client):
    link, token = issued()

    for _ in range(2):
        client.post(kiosk(token), words())

    link.refresh_from_db()
    assert link.used == 2
    assert link.last_used_at is not None


def test_hand_in_sent_twice_is_one_slip(client):
    link, token = issued()
    given = words()

    answers = {client.post(kiosk(token), given).url for _ in range(2)}

    link.refresh_from_db()
    assert (len(answers), Slip.objects.count(), link.used) == (1, 1, 1)


def test_hand_in_answers_the_same_whether_the_number_exists_or_not(client):
    _, token = issued()
    known = factories.spell().person

    real = client.post(kiosk(token), words(number=known.number), follow=True)
    none = client.post(kiosk(token), words(number="Z9999ZZ"), follow=True)
    odd = client.post(kiosk(token), words(number="??"), follow=True)

    for page in (real, none, odd):
        assert known.surname not in page.content.decode()
    assert real.redirect_chain == none.redirect_chain == odd.redirect_chain
    assert without_tokens(real) == without_tokens(none) == without_tokens(odd)


def without_tokens(page):
    """A page without what differs each time: nonces and the CSRF token."""
    drop = ["nonce", "csrfmiddlewaretoken"]
    return [line for line in page.content.decode().splitlines() if not any(word in line for word in drop)]


def test_hand_in_needs_no_session_and_knows_nobody_who_is_signed_in(client):
    _, token = issued()
    client.force_login(factories.user(Role.MANAGER, full_name="Morgan Manager"))

    page = client.get(kiosk(token))

    assert "Morgan Manager" not in page.content.decode()
    assert page.context["user"].is_anonymous
    assert sorted(page.cookies) == ["wingwalk_csrf"]


def test_kiosk_of_a_link_revoked_run_out_ended_or_invented_is_the_same_404(client):
    admin = factories.user(Role.ADMINISTRATOR)
    revoked, gone = issued(admin)
    operations.revoke(link=revoked, by=admin)
    out, old = issued(admin, wing=factories.wing("B"))
    KioskLink.objects.filter(pk=out.pk).update(expires_on=date(2020, 1, 1))
    wing = factories.wing("C")
    _, ended = issued(admin, wing=wing)
    wing.ended_on = factories.DAY
    wing.save()

    tokens = [gone, old, ended, "nonsense", "\0x", "a" * 5000]
    pages = [page for token in tokens for page in (client.get(kiosk(token)), client.post(kiosk(token), words()))]
    assert {page.status_code for page in pages} == {404}
    assert len({tuple(without_tokens(page)) for page in pages}) == 1
    assert Slip.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("officer", "", "Fill in “Your name”"),
        ("worry", "x" * 100_000, "Shorten this to 1000 characters"),
        ("name", "x" * 121, "Shorten this to 120 characters"),
        ("urgent", "NONSENSE", "is not one of the available choices"),
        ("date_of_birth", "1/1/2040", "A date of birth is in the past"),
    ],
)
def test_hand_in_refuses_beside_the_field_and_keeps_what_was_typed(client, field, value, message):
    _, token = issued()

    page = client.post(kiosk(token), words(**{field: value}))

    assert list(page.context["form"].errors) == [field]
    assert message in page.content.decode()
    assert "Officer Ames" in page.content.decode() or field == "officer"
    assert Slip.objects.count() == 0


def test_hand_in_asks_for_a_number_or_a_name(client):
    _, token = issued()

    page = client.post(kiosk(token), words(number="", name=" "))

    assert page.context["form"].errors == {"number": ["Give the prison number or the name, best both"]}


def test_hand_in_is_limited_by_link_and_keeps_what_was_typed(client):
    cache.clear()
    _, token = issued()
    _, other = issued(wing=factories.wing("B"))
    for _ in range(10):
        assert client.post(kiosk(token), words()).status_code == 302

    page = client.post(kiosk(token), words(worry="The eleventh"))

    assert page.status_code == 429
    assert "Too many slips were handed in" in page.content.decode()
    assert "The eleventh" in page.content.decode()
    assert Slip.objects.count() == 10
    entry = AuditEntry.objects.get(action="account.limited")
    assert (entry.by_id, entry.detail) == (None, {"path": "/kiosk/"})
    assert client.post(kiosk(other), words()).status_code == 302


def test_hand_in_is_limited_by_address(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "kiosk": "2/h/ip"}
    for code in "AB":
        client.post(kiosk(issued(wing=factories.wing(code))[1]), words())

    assert client.post(kiosk(issued(wing=factories.wing("C"))[1]), words()).status_code == 429


def test_nobody_without_an_account_reads_or_writes_the_tables(client):
    link, token = issued()
    tries = [
        "SELECT 1 FROM referrals_slip",
        "SELECT 1 FROM referrals_kiosklink",
        "UPDATE referrals_kiosklink SET revoked_at = NULL",
        "INSERT INTO referrals_slip (officer) VALUES ('x')",
    ]
    for statement in tries:
        with pytest.raises(DatabaseError, match="permission denied"), context.acting(None), transaction.atomic():
            connection.cursor().execute(statement)


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.ADMINISTRATOR, Role.PARTNER])
def test_the_functions_of_the_kiosk_are_for_nobody_else(role):
    link, token = issued()

    for call in ["ww.kiosk('x')", "ww.hand_in_slip('x', NULL, '', '', '', NULL, '', '', '{}', false)"]:
        denied = pytest.raises(DatabaseError, match="permission denied")
        with denied, context.acting(factories.user(role)), transaction.atomic():
            connection.cursor().execute(f"SELECT {call}")


def test_hand_in_at_a_link_revoked_in_that_moment_is_told_closed():
    link, token = issued()
    with context.acting(None):
        found = queries.find(token)
    operations.revoke(link=link, by=link.issued_by)
    given = {"date_of_birth": None, "urgent": [], "asked_himself": False, **words()}

    with pytest.raises(operations.ValidationError, match="closed"), context.acting(None):
        operations.hand_in(kiosk=found, token=token, by=None, **given)

    assert Slip.objects.count() == 0


# Links


def test_issue_shows_the_address_once_and_keeps_its_hash_only(client, admin):
    given = {"wing": factories.wing().pk, "label": "Office", "expires_on": "31/12/2027", "nonce": str(uuid.uuid4())}

    page = client.post(ISSUE, given)

    link = KioskLink.objects.get()
    token = page.context["address"].rstrip("/").rpartition("/")[2]
    assert page.context["address"] in page.content.decode()
    assert link.token_hash == queries.fingerprint(token)
    assert token not in str(list(KioskLink.objects.values()))
    assert not AuditEntry.objects.filter(detail__icontains=token).exists()
    assert client.get(kiosk(token)).status_code == 200
    again = client.post(ISSUE, given)
    assert "its address was shown then" in again.content.decode()
    assert KioskLink.objects.count() == 1


@pytest.mark.parametrize(
    ("day", "message"), [("14/10/2026", "must be after today"), ("1/1/2028", "in this year or the next")]
)
def test_issue_refuses_a_last_day_that_makes_no_sense(client, admin, day, message):
    given = {"wing": factories.wing().pk, "label": "Office", "expires_on": day, "nonce": str(uuid.uuid4())}

    page = client.post(ISSUE, given)

    assert list(page.context["form"].errors) == ["expires_on"]
    assert message in page.content.decode()
    assert KioskLink.objects.count() == 0


def test_issue_offers_no_wing_of_another_prison(client, admin):
    other = factories.wing(prison=factories.prison("ACI", "Altcourse (HMP)"))
    given = {"wing": other.pk, "label": "Office", "expires_on": "31/12/2027", "nonce": str(uuid.uuid4())}

    assert list(client.post(ISSUE, given).context["form"].errors) == ["wing"]


def test_revoke_ends_a_link_once(client, admin):
    link, token = issued(admin)
    url = reverse("referrals:revoke_kiosk", args=[link.pk])

    for _ in range(2):
        assert client.post(url).url == INDEX

    link.refresh_from_db()
    assert link.revoked_by == admin
    assert AuditEntry.objects.filter(action="kiosk.revoked").count() == 1
    page = client.get(INDEX)
    assert (page.context["links"], page.context["dead"]) == ([], [link])


def test_index_tells_live_links_from_those_that_ended(client, admin):
    live, _ = issued(admin)
    out, _ = issued(admin, wing=factories.wing("B"))
    KioskLink.objects.filter(pk=out.pk).update(expires_on=factories.DAY - timedelta(days=1))

    page = client.get(INDEX)

    assert ([*page.context["links"]], [*page.context["dead"]]) == ([live], [out])
    assert "Ran out on 13 Oct 2026" in page.content.decode()


def test_links_of_another_prison_are_not_there(client, admin):
    other = factories.prison("ACI", "Altcourse (HMP)")
    link, _ = issued(factories.user(Role.ADMINISTRATOR, prison=other), wing=factories.wing("B", prison=other))

    assert client.get(INDEX).context["links"] == []
    assert client.post(reverse("referrals:revoke_kiosk", args=[link.pk])).status_code == 404


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER, Role.PARTNER, Role.AUDITOR])
def test_links_are_for_administrators(client, role):
    client.force_login(factories.user(role))

    assert [client.get(url).status_code for url in (INDEX, ISSUE)] == [403, 403]


@pytest.mark.parametrize("many", [1, 3])
def test_index_asks_the_same_queries(client, admin, many, django_assert_num_queries):
    for number in range(many):
        issued(admin, wing=factories.wing(f"W{number}"))

    with django_assert_num_queries(14):
        client.get(INDEX)
