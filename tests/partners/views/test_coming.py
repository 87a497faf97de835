"""*Coming to us*: narrowed, marked since the last look, exported, and answered for many at once."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from casework import context
from casework.access import Role
from casework.models import AuditEntry
from partners.models import Handover, HandoverMove, LastLook, ReleaseMove
from partners.operations import handovers as operations
from partners.operations import looks
from tests import factories
from tests.partners.pages import at, text

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
State = Handover.State


@pytest.fixture
def partner(client):
    user = factories.user(Role.PARTNER, full_name="Pat Pretend")
    client.force_login(user)
    return user


def sent(surname="Testerton", days=10, area=None, **given):
    case = factories.case(spell=factories.spell(factories.person(surname)), worker=factories.user())
    given |= {"state": State.DRAFT, "sent_at": timezone.now()} if area else {}
    made = factories.handover(case, release_on=TODAY + timedelta(days=days), **given)
    if area:
        made.content["person"]["area"] = area
        Handover.objects.filter(pk=made.pk).update(content=made.content, state=State.READY)
        Handover.objects.filter(pk=made.pk).update(state=State.SENT)
    return made


def listed(client, query=""):
    return client.get(at("coming") + query).context["handovers"]


def test_coming_is_narrowed_by_name_number_day_and_state(client, partner):
    near, far = sent("Nearby", 10), sent("Farley", 60, state=State.ACKNOWLEDGED)

    found = {
        query: listed(client, query)
        for query in [
            "?text=near", f"?text={far.person.number.lower()}", "?text=sam+farl", "?text=nobody", "?within=14",
            "?state=ACKNOWLEDGED", "?state=SENT&text=farley", "?within=x&state=y&area=z&text=" + "x" * 100,
        ]
    }  # fmt: skip

    assert list(found.values()) == [[near], [far], [far], [], [near], [far], [], [near, far]]
    assert "Nobody is found with this filter" in text(client.get(at("coming") + "?text=nobody"))


def test_coming_is_narrowed_by_the_areas_that_it_names(client, partner):
    made = sent(area="Liverpool")
    sent(area="Sefton")
    sent(area="Wirral", agency=factories.agency("Wirral DIP"))

    page = client.get(at("coming") + "?area=Liverpool")

    names = [name for name, _ in page.context["filter"].fields["area"].choices]
    assert (names, page.context["handovers"]) == (["", "Liverpool", "Sefton"], [made])


def test_rows_are_marked_until_they_are_looked_at(client, partner):
    made = sent()
    assert [row.mark for row in listed(client)] == ["New"]

    client.get(at("received", made.pk))
    assert [row.mark for row in listed(client)] == [""]
    assert listed(client, "?news=1") == []

    operations.query(handover=made, words="When?", by=partner)
    assert [row.mark for row in listed(client)] == [""], "his own step is no news"
    operations.answer(handover=made, words="At ten", by=made.made_by)
    assert [row.mark for row in listed(client, "?news=1")] == ["Changed"]

    ReleaseMove.objects.create(
        handover=made, prison=made.prison, agency=made.agency, before_on=TODAY, after_on=TODAY, at=timezone.now()
    )
    assert [row.mark for row in listed(client)] == ["Release moved"]
    client.get(at("received", made.pk))
    assert [row.mark for row in listed(client)] == [""]
    assert LastLook.objects.count() == 1


def test_a_look_is_each_users_own(client, partner):
    made = sent()
    client.get(at("received", made.pk))

    client.force_login(factories.user(Role.PARTNER))

    assert [row.mark for row in listed(client)] == ["New"]


@pytest.mark.parametrize("rows", [1, 3, 25])
def test_coming_asks_the_same_number_of_queries(client, partner, rows, django_assert_num_queries):
    for _ in range(rows):
        sent()

    with django_assert_num_queries(17):
        client.get(at("coming"))


def rows_of(response):
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_export_holds_the_rows_of_the_page_and_is_audited(client, partner):
    made = [sent("=Formula"), *(sent(days=20) for _ in range(27))]
    sent(agency=factories.agency("Wirral DIP"))
    other = sent("Otherby", 5, state=State.ACKNOWLEDGED)

    response = client.get(at("export_coming") + "?state=SENT")

    header, *rows = rows_of(response)
    assert header == ["Release", "Name", "Number", "Area", "Sent", "State", "Since your last look"]
    assert {row[2] for row in rows} == {one.person.number for one in made}
    assert other.person.number not in response.content.decode()
    first = made[0]
    assert rows[0] == [
        str(first.release_on), f"{first.person.name}", first.person.number, "", str(TODAY), "Sent", "New"
    ]  # fmt: skip
    assert response.headers["Content-Disposition"] == f'attachment; filename="coming-{TODAY}.csv"'
    entry = AuditEntry.objects.get(action="handovers.export.listed")
    assert entry.detail == {"people": sorted(one.person_id for one in made)}


def test_export_writes_no_formula(client, partner):
    case = factories.case(spell=factories.spell(factories.person("cmd", "=1+1")), worker=factories.user())
    factories.handover(case)

    assert rows_of(client.get(at("export_coming")))[1][1] == "'=1+1 cmd"


def tick(client, *rows, **given):
    return client.post(at("acknowledge_all"), {"handover": [row.pk for row in rows], **given}, follow=True)


def test_ten_are_acknowledged_at_once_and_one_that_changed_loses_none(client, partner):
    made = [sent(f"Person{number}") for number in range(10)]
    operations.refuse(handover=made[3], reason="NO_PLACE", by=factories.user(Role.PARTNER, full_name="Kim Colleague"))

    page = tick(client, *made, back="state=SENT")

    told = [str(message) for message in page.context["messages"]]
    assert len(told) == 10
    assert "Sam Person0: acknowledged" in told
    assert "Sam Person3: This handover is refused, so it cannot be acknowledged." in told
    states = dict(Handover.objects.values_list("pk", "state"))
    assert [states[row.pk] for row in made] == ["ACKNOWLEDGED"] * 3 + ["REFUSED"] + ["ACKNOWLEDGED"] * 6
    assert HandoverMove.objects.filter(after="ACKNOWLEDGED", by=partner).count() == 9
    assert AuditEntry.objects.filter(action="handover.acknowledged").count() == 9
    assert page.redirect_chain == [("/coming/?state=SENT", 302)]


def test_a_second_click_changes_nothing(client, partner):
    made = sent()

    tick(client, made)
    tick(client, made)

    assert HandoverMove.objects.count() == 1


def test_nothing_is_acknowledged_that_is_not_shared(client, partner):
    theirs, recalled = sent(agency=factories.agency("Wirral DIP")), sent(state=State.RECALLED)

    page = client.post(
        at("acknowledge_all"),
        {"handover": [theirs.pk, recalled.pk, "x", "9" * 30], "back": "//evil.example"},
        follow=True,
    )

    assert "2 of those ticked are no longer shared with you." in text(page)
    assert HandoverMove.objects.count() == 0
    assert page.redirect_chain[0][0].startswith("/coming/?")


def test_ticking_nobody_says_what_to_do(client, partner):
    assert "Tick the people" in text(tick(client))


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_the_list_of_an_agency_is_for_agencies(client, role):
    client.force_login(factories.user(role))

    answers = [client.get(at("coming")), client.get(at("export_coming")), client.post(at("acknowledge_all"))]

    assert [answer.status_code for answer in answers] == [403] * 3


def looked(user):
    with context.acting(user), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM partners_lastlook")
        return cursor.fetchone()[0]


def test_looks_are_seen_by_the_agency_while_it_sees_the_handover(partner):
    made = sent()
    looks.look(handovers=[made], by=partner)
    wirral = factories.user(Role.PARTNER, agency=factories.agency("Wirral DIP"))

    assert [looked(user) for user in [partner, wirral, made.made_by]] == [1, 0, 1]
    made.consent.withdrawn_at = timezone.now()
    made.consent.save()
    assert looked(partner) == 0
