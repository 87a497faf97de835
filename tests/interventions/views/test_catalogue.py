import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry
from interventions.models import ContactType, Topic
from tests import factories

pytestmark = pytest.mark.django_db
TYPE = {"name": "Walk and talk", "counted": "on", "usual_minutes": "20", "ndtms": "96"}
SORTS = [("type", "types", ContactType, TYPE), ("topic", "topics", Topic, {"name": "Gambling"})]


@pytest.fixture(params=[Role.ADMINISTRATOR, Role.MANAGER])
def keeper(client, request):
    made = factories.user(request.param)
    client.force_login(made)
    return made


def url(name, *args):
    return reverse(f"interventions:{name}", args=args)


def changed(entry, **given):
    said = {"name": entry.name, "version": entry.version}
    if isinstance(entry, ContactType):
        said |= {"counted": "on", "usual_minutes": entry.usual_minutes, "ndtms": entry.ndtms}
    return {**said, **given}


@pytest.mark.parametrize(("one", "many", "model", "answers"), SORTS)
def test_add_takes_an_entry_into_use_once(client, keeper, one, many, model, answers):
    response = client.post(url(f"add_{one}"), answers)
    again = client.post(url(f"add_{one}"), answers)

    entry = model.objects.get(name=answers["name"])
    assert response.url == url(many)
    assert entry.code == answers["name"].upper().replace(" ", "_")
    assert list(again.context["form"].errors) == ["name"]
    assert answers["name"] in client.get(url(many)).text
    assert AuditEntry.objects.filter(action=f"{model._meta.model_name}.added", by_id=keeper.pk).count() == 1


@pytest.mark.parametrize(("one", "many", "model", "answers"), SORTS)
def test_change_tells_when_somebody_was_quicker(client, keeper, one, many, model, answers):
    client.post(url(f"add_{one}"), answers)
    entry = model.objects.get(name=answers["name"])

    client.post(url(f"change_{one}", entry.pk), changed(entry, name="First"))
    late = client.post(url(f"change_{one}", entry.pk), changed(entry, name="Second"))

    entry.refresh_from_db()
    assert (entry.name, entry.version) == ("First", 2)
    assert late.context["form"].theirs == {"name": "First"}


@pytest.mark.parametrize(("one", "many", "model", "answers"), SORTS)
def test_end_keeps_the_entry_and_offers_it_no_more(client, keeper, one, many, model, answers):
    client.post(url(f"add_{one}"), answers)
    entry = model.objects.get(name=answers["name"])

    client.post(url(f"end_{one}", entry.pk), {"version": entry.version})

    assert client.get(url(many)).text.count("Ended") == 0
    assert list(client.get(url(many), {"ended": 1}).context["ended"]) == [entry]
    assert entry not in model.objects.current()
    assert client.get(url(f"change_{one}", entry.pk)).status_code == 404


def test_end_of_what_the_product_itself_names_is_refused(client, keeper):
    brief = ContactType.objects.get(code="BRIEF")

    response = client.post(url("end_type", brief.pk), {"version": brief.version})

    assert "so it cannot be ended" in response.text
    assert url("end_type", brief.pk) not in client.get(url("types")).text


@pytest.mark.parametrize(
    ("given", "field"),
    [({"usual_minutes": "0"}, "usual_minutes"), ({"usual_minutes": "600"}, "usual_minutes"), ({"ndtms": "X"}, "ndtms")],
)
def test_add_refuses_beside_the_field(client, keeper, given, field):
    response = client.post(url("add_type"), {**TYPE, **given})

    assert list(response.context["form"].errors) == [field]


def test_kinds_say_what_the_national_return_calls_them(client, keeper):
    rows = {row.code: row.returned for row in client.get(url("types")).context["entries"]}

    assert (rows["ONE_TO_ONE"], rows["LETTER"]) == ("Psychosocial intervention", "")


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.PARTNER, Role.AUDITOR])
@pytest.mark.parametrize("many", ["types", "topics"])
def test_catalogues_are_kept_by_managers_and_administrators(client, role, many):
    client.force_login(factories.user(role))

    assert client.get(url(many)).status_code == 403
