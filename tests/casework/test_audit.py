import re

import pytest
from django.http import HttpResponse
from django.urls import reverse

from casework import audit
from casework.access import Role
from casework.middleware import Locks
from casework.models import AuditEntry
from tests import factories

pytestmark = pytest.mark.django_db


def entries(*kinds):
    return list(AuditEntry.objects.filter(kind__in=kinds).order_by("pk").values_list("kind", "action", "by_id"))


def test_a_refused_page_leaves_an_entry_and_nothing_else(client):
    keyworker = factories.user()
    client.force_login(keyworker)

    response = client.get(reverse("casework:trail"))

    assert response.status_code == 403
    assert entries("REFUSAL", "READ") == [("REFUSAL", "refused.403", keyworker.pk)]
    entry = AuditEntry.objects.get(kind="REFUSAL")
    assert entry.detail == {"method": "GET", "path": "/audit/"}
    assert entry.prison_id == keyworker.prison_id
    assert re.fullmatch(r"[0-9a-f-]{36}", entry.request)
    assert entry.address == "127.0.0.1"


def test_an_address_with_a_nul_in_it_is_refused_and_kept(client):
    client.force_login(factories.user())

    response = client.get("/people/1%00/")

    assert response.status_code == 404
    assert AuditEntry.objects.get(kind="REFUSAL").detail["path"] == "/people/1\N{REPLACEMENT CHARACTER}/"


def test_row_history_sees_bulk_and_raw_writes():
    person = factories.person()
    AuditEntry.objects.filter(kind="ROW")
    before = AuditEntry.objects.filter(kind="ROW").count()

    type(person).objects.filter(pk=person.pk).update(surname="Bulk")

    entry = AuditEntry.objects.filter(kind="ROW").latest("pk")
    assert AuditEntry.objects.filter(kind="ROW").count() == before + 1
    assert (entry.action, entry.target, entry.target_key, entry.person_id) == (
        "update",
        "casework_person",
        str(person.pk),
        person.pk,
    )
    assert entry.detail == {"before": {"surname": "Testerton"}, "after": {"surname": "Bulk"}}


def test_row_history_passes_over_a_write_that_changes_nothing():
    person = factories.person()
    before = AuditEntry.objects.count()

    person.save()

    assert AuditEntry.objects.count() == before


def test_row_history_keeps_no_password():
    user = factories.user()

    entry = AuditEntry.objects.filter(kind="ROW", target="casework_user", target_key=str(user.pk)).get()

    assert re.fullmatch(r"[0-9a-f]{64}", entry.detail["after"]["password"])
    assert user.password not in str(entry.detail)


def test_the_trail_shows_an_auditor_his_prison_and_says_so(client):
    auditor = factories.user(Role.AUDITOR)
    elsewhere = factories.prison("ACI", "Altcourse")
    factories.person(surname="Ours")
    factories.person(surname="Theirs", prison_ids=[elsewhere.pk])
    client.force_login(auditor)

    page = client.get(reverse("casework:trail"), {"kind": "ROW"})

    shown = page.context["entries"]
    assert {entry.prison_id for entry in shown} == {auditor.prison_id}
    assert entries("READ") == [("READ", "trail.listed", auditor.pk)]


def test_the_trail_is_paged_by_key(client, django_assert_num_queries):
    auditor = factories.user(Role.AUDITOR)
    for _ in range(60):
        factories.person()
    client.force_login(auditor)

    first = client.get(reverse("casework:trail"), {"kind": "ROW"})
    second = client.get(reverse("casework:trail") + first.context["older_url"])

    keys = [entry.pk for entry in [*first.context["entries"], *second.context["entries"]]]
    assert len(keys) == len(set(keys)) > 60
    assert keys == sorted(keys, reverse=True)


def test_the_trail_tells_a_date_that_is_none(client):
    client.force_login(factories.user(Role.AUDITOR))

    page = client.get(reverse("casework:trail"), {"on": "yesterday"})

    assert list(page.context["form"].errors) == ["on"]
    assert page.context["entries"] == []


@pytest.mark.parametrize(("status", "kept"), [(200, 1), (302, 1), (403, 0), (404, 0), (409, 0), (500, 0)])
def test_a_page_that_is_refused_or_fails_leaves_none_of_its_writes(rf, status, kept):
    def half_done(request):
        audit.record(by=request.user, action="half.done")
        return HttpResponse(status=status)

    request = rf.get("/")
    request.user = factories.user()

    Locks(half_done)(request)

    assert AuditEntry.objects.filter(action="half.done").count() == kept
