"""The catalogues of the front door, through their pages."""

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry
from referrals.models import Sign, Source, Want
from tests import factories
from tests.referrals.steps import DAY, errors

pytestmark = pytest.mark.django_db
SORTS = [
    ("source", Source, {"name": "Gym staff", "group": "INTERNAL", "priority": "on"}),
    ("want", Want, {"name": "Learn to cook", "position": "5"}),
    ("sign", Sign, {"name": "Fitted in the van", "source": ""}),
]
ONES = ["source", "want", "sign"]


@pytest.fixture
def admin(client):
    made = factories.user(Role.ADMINISTRATOR)
    client.force_login(made)
    return made


def url(name, *args):
    return reverse(f"referrals:{name}", args=args)


@pytest.mark.parametrize(("one", "model", "answers"), SORTS)
def test_add_takes_an_entry_into_use(client, admin, one, model, answers):
    response = client.post(url(f"add_{one}"), answers)

    entry = model.objects.get(name=answers["name"])
    assert response.url == url(f"{one}s")
    assert entry.code == answers["name"].upper().replace(" ", "_")[:16]
    assert AuditEntry.objects.filter(kind="OPERATION", action=f"{one}.added", by_id=admin.pk).count() == 1
    assert answers["name"] in client.get(response.url).text


@pytest.mark.parametrize(("one", "model", "answers"), SORTS)
def test_add_sent_twice_makes_one_and_says_so_beside_the_name(client, admin, one, model, answers):
    client.post(url(f"add_{one}"), answers)

    response = client.post(url(f"add_{one}"), answers)

    assert list(errors(response)) == ["name"]
    assert model.objects.filter(name=answers["name"]).count() == 1


def test_add_finds_a_code_that_nothing_has(client, admin):
    for name in ["Prison staff, day", "Prison staff; day", "!?"]:
        client.post(url("add_source"), {"name": name, "group": "INTERNAL"})

    assert set(Source.objects.filter(name__startswith="Prison s").values_list("code", flat=True)) == {
        "PRISON_STAFF_DAY",
        "PRISON_STAFF_DAY_2",
    }
    assert Source.objects.get(name="!?").code == "ENTRY"


@pytest.mark.parametrize(("one", "model", "answers"), SORTS)
def test_change_keeps_the_code_and_refuses_an_older_version(client, admin, one, model, answers):
    entry = model.objects.order_by("pk").first()

    done = client.post(url(f"change_{one}", entry.pk), {**answers, "version": 1})
    late = client.post(url(f"change_{one}", entry.pk), {**answers, "name": "Mine", "version": 1})

    after = model.objects.get(pk=entry.pk)
    assert (done.url, after.code, after.name, after.version) == (url(f"{one}s"), entry.code, answers["name"], 2)
    assert "Somebody else changed this" in late.text


@pytest.mark.parametrize(("one", "code"), [("source", "FAMILY"), ("want", "TALK"), ("sign", "WITHDRAWING")])
def test_end_takes_an_entry_out_of_the_forms_and_keeps_it(client, admin, one, code):
    model = {"source": Source, "want": Want, "sign": Sign}[one]
    entry = model.objects.get(code=code)

    response = client.post(url(f"end_{one}", entry.pk), {"version": 1})

    entry.refresh_from_db()
    assert (response.url, entry.ended_on) == (url(f"{one}s"), DAY)
    assert entry.name not in [each.name for each in client.get(url(f"{one}s")).context["entries"]]
    assert list(client.get(url(f"{one}s"), {"ended": 1}).context["ended"]) == [entry]
    assert client.get(url(f"change_{one}", entry.pk)).status_code == 404


def test_end_of_a_source_takes_its_signs_along(client, admin):
    client.post(url("end_source", factories.source("RECEPTION").pk), {"version": 1})

    assert set(Sign.objects.current().values_list("code", flat=True)) == {"DETOX", "INFLUENCE"}


@pytest.mark.parametrize("code", Source.KEPT)
def test_end_refuses_a_source_that_the_product_names(client, admin, code):
    source = factories.source(code)

    response = client.post(url("end_source", source.pk), {"version": 1})

    assert f"Wingwalk itself names “{source}”, so it cannot be ended." in response.text
    assert factories.source(code).ended_on is None


@pytest.mark.parametrize("one", ONES)
@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER, Role.PARTNER, Role.AUDITOR])
def test_other_roles_are_refused(client, one, role):
    client.force_login(factories.user(role))

    pages = [url(f"{one}s"), url(f"add_{one}"), url(f"change_{one}", 1), url(f"end_{one}", 1)]
    assert [client.get(page).status_code for page in pages] == [403] * 4


@pytest.mark.parametrize("one", ONES)
def test_index_asks_the_same_number_of_queries(client, admin, one, django_assert_num_queries):
    with django_assert_num_queries(14):
        client.get(url(f"{one}s"))
