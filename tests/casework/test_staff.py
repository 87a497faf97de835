"""Accounts of staff and of partners, through their pages."""

import json
import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from casework import context
from casework.access import Role
from casework.models import Absence, AuditEntry, User
from casework.operations import staff
from tests import factories

pytestmark = pytest.mark.django_db
ANSWERS = {
    "full_name": "Robin Sampleby",
    "username": "Robin.Sampleby",
    "email": "robin@charity.example",
    "employer": "CHARITY",
    "role": "KEYWORKER",
    "capacity": "25",
}


@pytest.fixture
def admin(client):
    made = factories.user(Role.ADMINISTRATOR, full_name="Ada Keepwell")
    client.force_login(made)
    return made


@pytest.fixture
def worker():
    return factories.user(full_name="Robin Sampleby", username="robin")


def url(name, *args):
    return reverse(f"casework:{name}", args=args)


def actions():
    return list(AuditEntry.objects.filter(kind="OPERATION").order_by("pk").values_list("action", flat=True))


def shown_password(response):
    return re.search(r"<code>(.+?)</code>", response.content.decode())[1]


def answers(account, **given):
    said = {"full_name": account.full_name, "email": "", "employer": account.employer, "role": account.role}
    return {**said, "capacity": account.capacity, "version": account.version, **given}


def refusal(response):
    return [text for errors in response.context["form"].errors.values() for text in errors]


# Making accounts


def test_make_makes_an_account_with_a_temporary_password(client, admin, client_factory):
    wing = factories.wing()

    response = client.post(url("make_account"), {**ANSWERS, "wings": [wing.pk]})

    made = User.objects.get(username="robin.sampleby")
    assert (made.prison, made.role, made.employer, made.must_change_password) == (
        admin.prison,
        Role.KEYWORKER,
        User.Employer.CHARITY,
        True,
    )
    assert [cover.wing for cover in made.wing_cover.all()] == [wing]
    assert actions() == ["staff.made"]
    new = client_factory()
    new.post("/account/sign-in/", {"login": "robin.sampleby", "password": shown_password(response)})
    assert new.get("/").url == "/account/password/"


def test_make_keeps_the_temporary_password_nowhere(client, admin, caplog):
    response = client.post(url("make_account"), ANSWERS)

    password = shown_password(response)
    assert re.fullmatch(r"([a-hj-km-np-z2-9]{4}-){3}[a-hj-km-np-z2-9]{4}", password)
    assert "no-store" in response.headers["Cache-Control"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute("SELECT has_table_privilege(%s, 'SELECT')", [f"public.{table}"])
            if cursor.fetchone()[0]:
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" AS t WHERE to_jsonb(t)::text LIKE %s', [f"%{password}%"]
                )
                assert (table, cursor.fetchone()[0]) == (table, 0)
    assert password not in json.dumps(dict(client.session))
    assert password not in caplog.text


def test_make_sent_twice_makes_one_and_says_so_beside_the_field(client, admin):
    client.post(url("make_account"), ANSWERS)

    page = client.post(url("make_account"), {**ANSWERS, "username": "ROBIN.sampleby"})

    assert page.context["form"].errors == {"username": ["This user name is taken."]}
    assert actions() == ["staff.made"]


def test_make_refuses_a_user_name_taken_at_another_prison(client, admin):
    factories.user(username="robin.sampleby", prison=factories.prison("ACI", "Altcourse"))

    page = client.post(url("make_account"), ANSWERS)

    assert page.context["form"].errors == {"username": ["This user name is taken. Choose another."]}
    assert actions() == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"username": "with space"}, "username"),
        ({"username": "x"}, "username"),
        ({"role": "PARTNER"}, "role"),
        ({"role": "SYSTEM"}, "role"),
        ({"employer": "AGENCY"}, "employer"),
        ({"full_name": ""}, "full_name"),
        ({"email": "nowhere"}, "email"),
        ({"wings": ["999999"]}, "wings"),
        ({"capacity": "-1"}, "capacity"),
        ({"capacity": "many"}, "capacity"),
        ({"duties": ["FLYING"]}, "duties"),
    ],
)
def test_make_refuses_beside_the_field(client, admin, given, field):
    assert list(client.post(url("make_account"), {**ANSWERS, **given}).context["form"].errors) == [field]


def test_make_takes_nothing_that_was_not_asked(client, admin):
    other = factories.prison("ACI", "Altcourse")

    client.post(
        url("make_account"), {**ANSWERS, "prison": other.pk, "is_active": "", "must_change_password": "", "version": 7}
    )

    made = User.objects.get(username="robin.sampleby")
    assert (made.prison, made.is_active, made.must_change_password, made.version) == (admin.prison, True, True, 1)


# Changing accounts


def test_change_changes_name_role_and_wings(client, admin, worker):
    old, new = factories.wing("A"), factories.wing("B")
    cover = worker.wing_cover.create(prison=worker.prison, wing=old, from_on=factories.DAY)

    response = client.post(
        url("change_account", worker.pk),
        answers(worker, full_name="Robin Newname", role="MANAGER", wings=[new.pk], capacity="18", duties=["CLINICAL"]),
    )

    worker.refresh_from_db()
    cover.refresh_from_db()
    assert response.url == url("account", worker.pk)
    assert (worker.full_name, worker.role, worker.version) == ("Robin Newname", Role.MANAGER, 2)
    assert (worker.capacity, worker.duties) == (18, ["CLINICAL"])
    page = client.get(url("account", worker.pk)).content.decode()
    assert "Reads and writes clinical notes" in page
    assert (cover.ended_on is None, [c.wing for c in worker.wing_cover.filter(ended_on=None)]) == (False, [new])
    entry = AuditEntry.objects.get(kind="OPERATION")
    assert (entry.action, entry.detail["changed"]) == (
        "staff.changed",
        ["capacity", "duties", "full_name", "role", "wings"],
    )


def test_change_sent_twice_is_told_and_changes_nothing(client, admin, worker):
    for name in ["First", "Second"]:
        page = client.post(url("change_account", worker.pk), answers(worker, full_name=name))

    worker.refresh_from_db()
    assert worker.full_name == "First"
    assert "Somebody else changed this" in page.content.decode()
    assert (page.context["form"].theirs, page.context["form"]["full_name"].value()) == (
        {"full_name": "First"},
        "Second",
    )


def test_change_ends_the_session_of_somebody_whose_role_changed(client, admin, worker, client_factory):
    theirs = client_factory()
    theirs.post("/account/sign-in/", {"login": "robin", "password": factories.PASSWORD})
    assert theirs.get("/").status_code == 200

    client.post(url("change_account", worker.pk), answers(worker, role="AUDITOR"))

    assert theirs.get("/").url.startswith("/account/sign-in/")


def test_change_of_a_name_leaves_the_session(client, admin, worker, client_factory):
    theirs = client_factory()
    theirs.post("/account/sign-in/", {"login": "robin", "password": factories.PASSWORD})

    client.post(url("change_account", worker.pk), answers(worker, full_name="Robin Newname"))

    assert theirs.get("/").status_code == 200


def test_nobody_changes_his_own_role_or_prison(client, admin):
    other = factories.prison("ACI", "Altcourse")
    form = client.get(url("change_account", admin.pk)).context["form"]
    assert "role" not in form.fields

    client.post(url("change_account", admin.pk), answers(admin, role="MANAGER", prison=other.pk, agency=1))

    before = (admin.role, admin.prison_id, admin.agency_id)
    admin.refresh_from_db()
    assert (admin.role, admin.prison_id, admin.agency_id) == before
    with pytest.raises(ValidationError, match="Nobody can change their own role"):
        staff.change(user=admin, version=None, role=Role.MANAGER, by=admin)


def test_change_refuses_to_take_a_caseworker_from_his_cases(client, admin, worker):
    factories.case(worker=worker)

    page = client.post(url("change_account", worker.pk), answers(worker, role="AUDITOR"))

    assert list(page.context["form"].errors) == ["role"]
    assert "holds 1 open case." in refusal(page)[0]


def test_change_of_a_partner_asks_no_role(client, admin):
    partner = factories.user(Role.PARTNER)

    client.post(url("change_account", partner.pk), answers(partner, full_name="New Name", role="ADMINISTRATOR"))

    partner.refresh_from_db()
    assert (partner.full_name, partner.role) == ("New Name", Role.PARTNER)


# Leaving and coming back


def test_deactivate_puts_somebody_out_at_his_next_click(client, admin, worker, client_factory):
    theirs = client_factory()
    theirs.post("/account/sign-in/", {"login": "robin", "password": factories.PASSWORD})
    assert client.get(url("deactivate", worker.pk)).status_code == 200

    client.post(url("deactivate", worker.pk), {"version": 1})

    assert theirs.get("/").url.startswith("/account/sign-in/")
    worker.refresh_from_db()
    assert (worker.is_active, actions()) == (False, ["staff.deactivated"])
    page = client.get(url("staff"))
    assert (list(page.context["inactive"]), list(page.context["active"])) == ([worker], [admin])


def test_deactivate_refuses_somebody_with_open_cases_and_says_how_many(client, admin, worker):
    for _ in range(2):
        factories.case(worker=worker)
    given_away = factories.case(worker=worker)
    given_away.allocations.update(until_at=timezone.now())

    factories.user(Role.MANAGER, full_name="Mo Manages")

    page = client.post(url("deactivate", worker.pk), {"version": 1})

    assert "holds 2 open cases." in refusal(page)[0]
    assert "First ask Mo Manages to reallocate the 2 people whose case they hold" in page.text
    assert "/caseload/" not in page.text
    worker.refresh_from_db()
    assert worker.is_active


def test_deactivate_refuses_oneself(client, admin):
    factories.user(Role.ADMINISTRATOR)

    page = client.post(url("deactivate", admin.pk), {"version": 1})

    assert refusal(page) == ["Nobody can deactivate their own account. Ask another administrator."]


@pytest.mark.parametrize(
    ("act", "how"), [(staff.deactivate, {}), (staff.change, {"role": Role.MANAGER})], ids=["deactivated", "demoted"]
)
def test_the_last_administrator_stays(act, how):
    last = factories.user(Role.ADMINISTRATOR)
    factories.user(Role.ADMINISTRATOR, is_active=False)
    factories.user(Role.ADMINISTRATOR, prison=factories.prison("ACI", "Altcourse"))

    with pytest.raises(ValidationError, match="the only administrator of this prison"):
        act(user=last, version=None, by=User.objects.system(), **how)


def test_reactivate_lets_somebody_in_again(client, admin, worker):
    User.objects.filter(pk=worker.pk).update(is_active=False)

    client.post(url("reactivate", worker.pk), {"version": 1})

    worker.refresh_from_db()
    assert (worker.is_active, actions()) == (True, ["staff.reactivated"])


def test_reactivate_refuses_a_partner_whose_agency_was_ended(client, admin):
    partner = factories.user(Role.PARTNER, is_active=False)
    type(partner.agency).objects.update(ended_on=factories.DAY)

    page = client.post(url("reactivate", partner.pk), {"version": 1})

    assert "has been ended" in refusal(page)[0]


def test_reset_password_shows_a_temporary_one_and_ends_the_session(client, admin, worker, client_factory):
    theirs = client_factory()
    theirs.post("/account/sign-in/", {"login": "robin", "password": factories.PASSWORD})

    response = client.post(url("reset_password", worker.pk), {"version": 1})

    assert theirs.get("/").url.startswith("/account/sign-in/")
    worker.refresh_from_db()
    assert worker.check_password(shown_password(response))
    assert (worker.must_change_password, actions()) == (True, ["staff.password_reset"])


def test_reset_password_sent_twice_keeps_the_one_that_was_shown(client, admin, worker):
    first = client.post(url("reset_password", worker.pk), {"version": 1})

    again = client.post(url("reset_password", worker.pk), {"version": 1})

    worker.refresh_from_db()
    assert worker.check_password(shown_password(first))
    assert "Somebody else changed this" in refusal(again)[0]


def test_reset_password_refuses_ones_own(client, admin):
    assert "Change your own password" in refusal(client.post(url("reset_password", admin.pk), {"version": 1}))[0]


# Days away


def test_add_absence_and_withdraw_it(client, admin, worker):
    today = timezone.localdate()
    days = {"from_on": today.isoformat(), "until_on": (today + timedelta(days=3)).isoformat()}

    client.post(url("add_absence", worker.pk), days)
    twice = client.post(url("add_absence", worker.pk), days)

    absence = Absence.objects.get()
    assert "already away" in refusal(twice)[0]
    assert client.get(url("staff")).context["active"].get(pk=worker.pk).away_until == absence.until_on
    for _ in range(2):
        client.post(url("withdraw_absence", worker.pk, absence.pk))
    assert client.get(url("staff")).context["active"].get(pk=worker.pk).away_until is None
    assert actions() == ["staff.absence_added", "staff.absence_withdrawn"]


def test_add_absence_refuses_an_end_before_the_start(client, admin, worker):
    page = client.post(url("add_absence", worker.pk), {"from_on": "2/4/2026", "until_on": "1/4/2026"})

    assert list(page.context["form"].errors) == ["until_on"]


# Who may see what


@pytest.mark.parametrize(
    "page", ["account", "change_account", "deactivate", "reactivate", "reset_password", "add_absence"]
)
def test_accounts_of_another_prison_are_not_found(client, admin, page):
    theirs = factories.user(prison=factories.prison("ACI", "Altcourse"))

    assert client.get(url(page, theirs.pk)).status_code == 404
    assert client.post(url(page, theirs.pk), answers(theirs)).status_code == 404


def test_an_absence_is_withdrawn_with_its_own_account_only(client, admin, worker):
    absence = worker.absences.create(prison=worker.prison, from_on=factories.DAY, until_on=factories.DAY)

    assert client.post(url("withdraw_absence", admin.pk, absence.pk)).status_code == 404
    assert client.get(url("withdraw_absence", worker.pk, absence.pk)).status_code == 405


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER, Role.PARTNER, Role.AUDITOR])
@pytest.mark.parametrize("page", ["account", "change_account", "deactivate", "reset_password"])
def test_accounts_are_for_administrators(client, worker, role, page):
    client.force_login(factories.user(role))

    assert client.post(url(page, worker.pk), {"version": 1}).status_code == 403
    worker.refresh_from_db()
    assert (worker.is_active, worker.version) == (True, 1)


def test_the_database_keeps_an_administrator_to_his_own_prison(admin):
    theirs = factories.user(prison=factories.prison("ACI", "Altcourse"))

    with context.acting(admin):
        assert User.objects.filter(pk=theirs.pk).update(is_active=False) == 0


def test_the_account_pages_may_write_passwords_only(admin):
    with pytest.raises(Exception, match="permission denied"), context.acting(admin, role="ww_anonymous"):
        User.objects.filter(pk=admin.pk).update(role=Role.AUDITOR)


@pytest.mark.parametrize("rows", [1, 3])
def test_staff_asks_the_same_queries_for_one_and_for_three(client, admin, rows, django_assert_num_queries):
    for _ in range(rows):
        factories.user()
    client.get(url("staff"))

    with django_assert_num_queries(12):
        client.get(url("staff"))


def test_staff_shows_one_role_on_request_and_no_partners(client, admin, worker):
    factories.user(Role.PARTNER)

    assert list(client.get(url("staff")).context["active"]) == [admin, worker]
    assert list(client.get(f"{url('staff')}?role=KEYWORKER").context["active"]) == [worker]
    assert "Nobody with this role" in client.get(f"{url('staff')}?role=AUDITOR").content.decode()
