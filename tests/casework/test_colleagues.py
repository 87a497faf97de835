"""An agency's accounts, kept by its own lead: through the pages, and by raw SQL past them."""

import re

import pytest
from django.db import connection, transaction
from django.urls import reverse

from casework import context
from casework.access import Role
from casework.models import AuditEntry, Mail, User
from casework.operations import second_factor
from tests import factories

pytestmark = pytest.mark.django_db
STEPS = ["colleague", "change_colleague", "deactivate_colleague", "reactivate_colleague"]
STEPS += ["reset_colleague_password", "reset_colleague_codes"]
ANSWERS = {"full_name": "Pat Partnerly", "username": "pat.partnerly", "email": "pat@dip.example"}


def url(name, *args):
    return reverse(f"casework:{name}", args=args)


@pytest.fixture
def lead(client):
    made = factories.user(Role.PARTNER, full_name="Lee Leadwell", is_lead=True)
    client.force_login(made)
    return made


@pytest.fixture
def colleague():
    return factories.user(Role.PARTNER, full_name="Col League", email="col@dip.example")


@pytest.fixture
def others():
    """Whom a lead has no business with, by why."""
    return {
        "another agency": factories.user(Role.PARTNER, agency=factories.agency("Wirral DIP")),
        "another prison": factories.user(Role.PARTNER, prison=factories.prison("ACI", "Altcourse")),
        "staff": factories.user(),
        "administrator": factories.user(Role.ADMINISTRATOR),
    }


def actions():
    return list(AuditEntry.objects.filter(kind="OPERATION").order_by("pk").values_list("action", flat=True))


# The pages


def test_a_lead_sees_the_accounts_of_his_agency_at_his_prison(client, lead, colleague, others):
    page = client.get(url("colleagues"))

    assert list(page.context["active"]) == [colleague, lead]
    assert "Accounts" in page.content.decode()


def test_a_lead_makes_an_account_and_is_shown_its_password_once(client, lead):
    page = client.post(url("make_colleague"), {**ANSWERS, "role": "MANAGER", "is_lead": "on", "agency": "0"})

    made = User.objects.get(username="pat.partnerly")
    assert (made.role, made.agency, made.prison, made.is_lead) == (Role.PARTNER, lead.agency, lead.prison, False)
    assert made.check_password(re.search(r"<code>(.+?)</code>", page.content.decode())[1])
    assert url("colleague", made.pk) in page.content.decode()
    assert made.must_change_password
    assert actions() == ["staff.made"]


def test_a_user_name_that_is_taken_is_told_beside_the_field(client, lead):
    factories.user(username="pat.partnerly")

    page = client.post(url("make_colleague"), ANSWERS)

    assert page.context["form"].errors == {"username": ["This user name is taken. Choose another."]}


def test_a_lead_changes_deactivates_and_reactivates_a_colleague(client, lead, colleague):
    answers = {"full_name": "Col Newname", "email": "", "version": 1, "is_lead": "on", "role": "MANAGER"}
    client.post(url("change_colleague", colleague.pk), answers)
    client.post(url("deactivate_colleague", colleague.pk), {"version": 2})
    colleague.refresh_from_db()
    assert (colleague.full_name, colleague.is_active, colleague.is_lead) == ("Col Newname", False, False)

    client.post(url("reactivate_colleague", colleague.pk), {"version": 3})

    colleague.refresh_from_db()
    assert (colleague.is_active, colleague.role) == (True, Role.PARTNER)
    assert actions() == ["staff.changed", "staff.deactivated", "staff.reactivated"]


def test_a_lead_resets_password_and_codes_and_the_colleague_is_told(client, lead, colleague):
    colleague.second_factor_at = None
    colleague.save()
    second_factor.enrol(secret="GEZDGNBVGY3TQOJQ", by=colleague)

    page = client.post(url("reset_colleague_password", colleague.pk), {"version": 1})
    client.post(url("reset_colleague_codes", colleague.pk), {"version": 2})

    colleague.refresh_from_db()
    assert colleague.check_password(re.search(r"<code>(.+?)</code>", page.content.decode())[1])
    assert colleague.second_factor_at is None
    assert list(Mail.objects.values_list("kind", "user", "person")) == [("ACCOUNT", colleague.pk, None)]
    assert actions() == ["staff.password_reset", "staff.second_factor_reset"]


def test_an_older_version_is_told(client, lead, colleague):
    User.objects.filter(pk=colleague.pk).update(version=2)

    page = client.post(url("change_colleague", colleague.pk), {"full_name": "X", "version": 1})

    assert "Somebody else changed this" in page.content.decode()


def test_a_lead_changes_his_own_name_and_neither_deactivates_nor_resets_himself(client, lead):
    client.post(url("change_colleague", lead.pk), {"full_name": "Lee Newname", "version": 1})
    for step in ["deactivate_colleague", "reset_colleague_password", "reset_colleague_codes"]:
        assert client.post(url(step, lead.pk), {"version": 2}).status_code == 200

    lead.refresh_from_db()
    assert (lead.full_name, lead.is_active, lead.second_factor_at is None) == ("Lee Newname", True, False)
    assert lead.check_password(factories.PASSWORD)
    assert actions() == ["staff.changed"]


@pytest.mark.parametrize("step", STEPS[1:])
def test_a_lead_keeps_no_other_lead(client, lead, step):
    other = factories.user(Role.PARTNER, is_lead=True)

    assert client.get(url("colleague", other.pk)).status_code == 200
    assert client.post(url(step, other.pk), {"version": 1}).status_code == 404


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("whom", ["another agency", "another prison", "staff", "administrator"])
def test_a_lead_finds_nobody_elsewhere(client, lead, others, step, whom):
    assert client.post(url(step, others[whom].pk), {"version": 1}).status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SYSTEM])
def test_who_is_no_lead_keeps_no_accounts(client, colleague, role):
    client.force_login(factories.user(role))

    for page in [url("colleagues"), url("make_colleague"), *(url(step, colleague.pk) for step in STEPS)]:
        assert client.get(page).status_code == 403


def test_an_administrator_names_the_lead(client, colleague):
    client.force_login(factories.user(Role.ADMINISTRATOR))
    answers = {"full_name": "Col League", "email": "", "version": 1}

    client.post(url("change_account", colleague.pk), {**answers, "is_lead": "on"})

    colleague.refresh_from_db()
    assert colleague.is_lead
    client.force_login(colleague)
    assert client.get(url("colleagues")).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_accounts_ask_the_same_queries_for_one_and_for_three(client, lead, count, django_assert_num_queries):
    for _ in range(count):
        factories.user(Role.PARTNER)
    client.get(url("colleagues"))

    with django_assert_num_queries(12):
        client.get(url("colleagues"))


# The database


def write(user, sql, *values):
    """How many rows ``user`` changes by raw SQL; the words of the refusal where he may not."""
    try:
        with transaction.atomic(), context.acting(user), connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.rowcount
    except Exception as error:
        return str(error).split("\n")[0]


RENAME = "UPDATE casework_user SET full_name = 'Taken Over' WHERE id = %s"
HIDDEN = 'new row violates row-level security policy for table "casework_user"'
DENIED = "permission denied for table casework_user"


def test_raw_sql_of_a_lead_changes_his_colleagues_and_himself(lead, colleague):
    assert [write(lead, RENAME, each.pk) for each in [colleague, lead]] == [1, 1]


def test_raw_sql_of_a_lead_reaches_nobody_elsewhere(lead, others):
    done = {why: write(lead, RENAME, user.pk) for why, user in others.items()}

    assert done == {"another agency": 0, "another prison": HIDDEN, "staff": 0, "administrator": 0}
    assert write(lead, RENAME, factories.user(Role.PARTNER, is_lead=True).pk) == HIDDEN
    assert write(lead, "UPDATE casework_user SET full_name = 'Taken Over'") == HIDDEN


@pytest.mark.parametrize(
    "what",
    ["role = 'MANAGER'", "is_lead = true", "agency_id = agency_id", "prison_id = prison_id", "username = 'x'"]
    + ["duties = '{CLINICAL}'", "employer = 'CHARITY'"],
)
def test_raw_sql_of_a_lead_changes_no_standing(lead, colleague, what):
    assert write(lead, f"UPDATE casework_user SET {what} WHERE id = %s", colleague.pk) == DENIED


def test_raw_sql_of_a_lead_leaves_his_own_sign_in_alone(lead):
    own = "nobody resets their own account"

    assert write(lead, "UPDATE casework_user SET is_active = false WHERE id = %s", lead.pk) == HIDDEN
    assert write(lead, "UPDATE casework_user SET password = 'x' WHERE id = %s", lead.pk) == own
    assert write(lead, "UPDATE casework_user SET second_factor_at = NULL WHERE id = %s", lead.pk) == own


def test_raw_sql_of_a_lead_says_for_nobody_that_he_has_codes(lead, colleague):
    assert write(lead, "UPDATE casework_user SET second_factor_at = now() WHERE id = %s", colleague.pk) == (
        "a second factor is set up by its owner"
    )


INSERT = """INSERT INTO casework_user (username, full_name, email, password, role, employer, prison_id, agency_id, duties, capacity,
    is_active, must_change_password, is_lead, created_at, version)
    SELECT 'planted', 'Planted', '', '!', {role}, {employer}, {prison}, {agency}, '{{}}', 0, true, true, {lead}, now(), 1"""


@pytest.mark.parametrize(
    "given",
    [
        {"role": "'MANAGER'", "employer": "'CHARITY'", "agency": "NULL"},
        {"agency": "(SELECT id FROM casework_agency WHERE name = 'Wirral DIP')"},
        {"prison": "(SELECT id FROM casework_prison WHERE code = 'ACI')"},
        {"lead": "true"},
    ],
    ids=["staff", "another agency", "another prison", "lead"],
)
def test_raw_sql_of_a_lead_plants_no_account_elsewhere(lead, others, given):
    told = {"role": "'PARTNER'", "employer": "'AGENCY'", "lead": "false"}
    told |= {"prison": lead.prison_id, "agency": lead.agency_id}

    assert write(lead, INSERT.format(**{**told, **given})) == HIDDEN
    assert write(lead, INSERT.format(**told)) == 1


def test_raw_sql_of_who_is_no_lead_changes_nobody(lead, colleague):
    assert write(colleague, RENAME, factories.user(Role.PARTNER).pk) == HIDDEN
    assert write(colleague, RENAME, colleague.pk) == HIDDEN
    told = {"role": "'PARTNER'", "employer": "'AGENCY'", "lead": "false"}
    assert write(colleague, INSERT.format(**told, prison=colleague.prison_id, agency=colleague.agency_id)) == HIDDEN


def test_a_lead_who_was_deactivated_keeps_nothing(lead, colleague):
    User.objects.filter(pk=lead.pk).update(is_active=False)

    assert write(lead, RENAME, colleague.pk) == HIDDEN
