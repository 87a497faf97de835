"""Support after release: for whom, how long, and what is written down of it."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse

from casework import context
from casework.access import Role
from casework.models import AuditEntry, Case, CustodySpell
from casework.operations.journal import Journal
from partners.models import Aftercare
from partners.operations import aftercare as operations
from partners.queries import aftercare as queries
from reporting.queries import timeline
from tests import factories
from tests.partners.pages import text

pytestmark = pytest.mark.django_db
DAY, End = factories.DAY, CustodySpell.End
LIST = reverse("partners:aftercare")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(factories.at(hour=11), tick=False) as traveller:
        yield traveller


@pytest.fixture
def worker(client):
    user = factories.user(full_name="Kit Keyworker")
    client.force_login(user)
    return user


def released(worker, days=5, end=End.RELEASED, **given):
    case = factories.case(worker=worker, opened_on=DAY - timedelta(days=90), **given)
    factories.end(case.spell, ended_at=factories.at(DAY - timedelta(days=days)), end=end)
    return case


def page(case):
    return reverse("partners:support", args=[case.person_id])


def answers(**given):
    return {
        "on": "14/10/2026",
        "how": "TELEPHONE",
        "outcome": "REACHED",
        "note": "Doing well",
        "nonce": uuid4(),
        **given,
    }


def in_support(user):
    return [row.case for row in queries.supported(user, today=DAY)]


@pytest.mark.parametrize(
    ("days", "end", "is_in"),
    [
        (0, End.RELEASED, True), (56, End.RELEASED_COURT, True), (57, End.RELEASED, False),
        (5, End.DIED, False), (5, End.TRANSFERRED, False), (5, End.OTHER, False),
    ],
)  # fmt: skip
def test_support_is_for_eight_weeks_after_a_release(worker, days, end, is_in):
    case = released(worker, days, end)

    assert in_support(worker) == [case] * is_in


def test_nobody_is_supported_who_had_no_open_case_came_back_or_died(worker):
    closed = released(worker)
    Case.objects.filter(pk=closed.pk).update(
        closed_on=DAY - timedelta(days=6), close_reason="DROPPED_OUT", closed_by=worker
    )
    back = released(worker)
    factories.spell(back.person, received_on=DAY)
    later = released(worker, closed_on=DAY - timedelta(days=4), close_reason="DROPPED_OUT", closed_by=worker)

    assert in_support(worker) == [later]


def test_the_list_names_them_and_is_audited(client, worker):
    case = released(worker)
    operations.record(case=case, on=DAY, how="GATE", outcome="REACHED", by=worker)

    response = client.get(LIST)

    assert "9 Oct 2026" in text(response)
    assert "14 Oct 2026, at the gate: reached 4 Dec 2026" in text(response)
    assert AuditEntry.objects.get(action="aftercare.listed").detail == {"people": [case.person_id]}


def test_the_list_says_that_there_is_nobody(client, worker):
    assert "Nobody is in support after release" in text(client.get(LIST))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_number_of_queries(client, worker, rows, django_assert_num_queries):
    for _ in range(rows):
        released(worker)
    client.get(LIST)

    with django_assert_num_queries(15):
        client.get(LIST)


def test_a_contact_is_written_down_once_and_told(client, worker):
    case, given = released(worker), answers()

    client.post(page(case), given)
    response = client.post(page(case), given, follow=True)

    row = Aftercare.objects.get()
    assert (row.case, row.on, row.how, row.outcome, row.by) == (case, DAY, "TELEPHONE", "REACHED", worker)
    assert "14 October 2026 By telephone Reached Doing well Kit Keyworker" in text(response)
    assert AuditEntry.objects.filter(action="aftercare.recorded").count() == 1
    told = timeline.page(case.person, worker).events[0]
    assert (told.title, told.note) == ("Support after release, by telephone: reached, 14 October 2026", "Doing well")


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"on": "8/10/2026"}, "on", "Give a day from the release, 9 October 2026, until today."),
        ({"on": "15/10/2026"}, "on", "Give a day from the release, 9 October 2026, until today."),
        ({"on": "x"}, "on", "Enter a date such as 27/3/2026."),
        ({"how": "PIGEON"}, "how", "Select a valid choice. PIGEON is not one of the available choices."),
        ({"outcome": ""}, "outcome", "Choose what came of it."),
        ({"note": "x" * 100_000}, "note", "Shorten this to 2000 characters. It has 100000."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(client, worker, change, field, words):
    case = released(worker)

    response = client.post(page(case), answers(**change))

    assert response.context["form"].errors == {field: [words]}
    assert Aftercare.objects.count() == 0


def test_it_ends_by_itself(client, worker, clock):
    case = released(worker)
    operations.record(case=case, on=DAY, how="GATE", outcome="DECLINED", by=worker)
    assert "Wants no more support." in text(client.get(page(case)))

    clock.move_to(factories.at(DAY + timedelta(days=52)))

    with pytest.raises(ValidationError, match="eight weeks"):
        operations.record(case=case, on=DAY, how="GATE", outcome="REACHED", by=worker)
    client.force_login(worker)
    response = client.get(page(case))
    assert (response.context["form"], "At the gate" in text(response)) == (None, True)


def test_other_prisons_and_roles_find_nothing(client, worker):
    case = released(worker)
    client.force_login(factories.user(prison=factories.prison("ACI", "Altcourse")))
    assert [client.get(page(case)).status_code, client.get(LIST).context["rows"]] == [404, []]
    for role in [Role.PARTNER, Role.ADMINISTRATOR, Role.AUDITOR]:
        client.force_login(factories.user(role))
        assert [client.get(page(case)).status_code, client.get(LIST).status_code] == [403, 403]


def test_no_agency_reads_the_table(worker):
    operations.record(case=released(worker), on=DAY, how="GATE", outcome="REACHED", by=worker)

    with (
        pytest.raises(Exception, match="permission denied"),
        context.acting(factories.user(Role.PARTNER)),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT * FROM partners_aftercare")


def test_what_was_done_moves_with_the_person_and_back(worker):
    case, kept = released(worker), factories.person()
    made = operations.record(case=case, on=DAY, how="GATE", outcome="REACHED", by=worker)
    removed, journal = case.person, Journal()

    operations.move(removed=removed, kept=kept, journal=journal, by=worker)
    made.refresh_from_db()
    assert made.person == kept
    operations.move_back(removed=removed, kept=kept, journal=Journal(journal.entries), by=worker)
    made.refresh_from_db()
    assert made.person == removed
