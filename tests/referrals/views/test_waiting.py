import re
from datetime import timedelta

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import CustodySpell, Location
from referrals.queries import waiting
from tests import factories
from tests.referrals.steps import ALTCOURSE, DAY, listed, referral

pytestmark = pytest.mark.django_db


def test_queue_shows_priority_first_then_the_oldest(client, worker):
    new, old = referral(1, "New"), referral(12, "Old")
    urgent = referral(2, "Urgent", urgency="PRIORITY")
    triaged = referral(20, "Done")
    factories.triage(triaged)
    referral(0, spell=old.spell, repeat_of=old)

    response = client.get(reverse("referrals:queue"))

    rows = response.context["page"].rows
    assert [(row.referral, row.age, row.late, row.due_today) for row in rows] == [
        (urgent, 2, 1, False),
        (old, 8, 3, False),
        (new, 1, 0, False),
    ]
    assert [row.due_on.isoformat() for row in rows] == ["2026-10-13", "2026-10-09", "2026-10-20"]
    assert response.context["standing"] == waiting.Standing(
        waiting=3, priority=1, late=2, longest=8, held=0, mine=0, groups={"SELF": 3, "INTERNAL": 0, "EXTERNAL": 0}
    )
    assert "asked 2 times" in response.text
    assert listed("referrals.waiting.listed") == [sorted(each.person_id for each in [new, old, urgent])]


def test_queue_with_nobody_says_so_with_the_number(client, worker):
    response = client.get(reverse("referrals:queue"))

    assert "No waiting list" in response.text
    assert response.context["standing"] == waiting.Standing(0, 0, 0, 0, 0, 0, {"SELF": 0, "INTERNAL": 0, "EXTERNAL": 0})


def test_queue_is_narrowed_by_wing_and_urgency(client, worker):
    wing = factories.wing("B")
    here, urgent = referral(3), referral(2, urgency="PRIORITY")
    referral(1)
    Location.objects.filter(spell__in=[here.spell, urgent.spell]).update(wing=wing)

    def shown(query):
        return [row.referral for row in client.get(reverse("referrals:queue"), query).context["page"].rows]

    assert shown({"wing": wing.pk}) == [urgent, here]
    assert shown({"wing": wing.pk, "urgency": "ORDINARY"}) == [here]
    assert shown({"wing": factories.wing("C").pk}) == []


def test_queue_goes_on_after_the_last_of_a_page(client, worker, monkeypatch):
    monkeypatch.setattr(waiting, "PAGE", 2)
    urgent, first, second, third = referral(1, urgency="PRIORITY"), referral(9), referral(5), referral(5)

    begin = client.get(reverse("referrals:queue"))
    after = client.get(reverse("referrals:queue") + begin.context["next_url"])

    assert [row.referral for row in begin.context["page"].rows] == [urgent, first]
    assert [row.referral for row in after.context["page"].rows] == [second, third]
    assert after.context["next_url"] == ""


def test_queue_tells_who_is_no_longer_on_the_roll(client, worker):
    gone, missing = referral(3), referral(2)
    CustodySpell.objects.filter(pk=gone.spell_id).update(ended_at=factories.at(), end="RELEASED")
    CustodySpell.objects.filter(pk=missing.spell_id).update(off_roll_on=DAY)

    text = client.get(reverse("referrals:queue")).text

    assert "Left on 14 Oct" in text
    assert "Not on the roll since 14 Oct" in text


def test_queue_shows_no_other_prison(client, worker):
    referral(1, spell=factories.spell(prison=factories.prison(*ALTCOURSE)))

    assert client.get(reverse("referrals:queue")).context["page"].rows == []


@pytest.mark.parametrize("count", [1, 3, 60])
def test_queue_asks_the_same_number_of_queries_however_long(client, worker, count, django_assert_num_queries):
    for days in range(count):
        referral(days % 14)

    with django_assert_num_queries(25):
        client.get(reverse("referrals:queue"))


# Who waited


WAITING = reverse("referrals:waiting")
WAITED = reverse("referrals:waited")


def test_waiting_says_nought_with_its_count(client, worker):
    asked = referral(2)
    factories.triage(asked)

    now, before = (" ".join(client.get(WAITING, {"on": day}).text.split()) for day in ["2026-10-14", "2026-10-10"])

    assert "0 people are waiting</a> now" in now
    assert "1 was triaged</a> today. There is no waiting list." in now
    assert "0 people were waiting</a> at the end of the day" in before
    assert "0 were triaged</a> that day. There was no waiting list." in before


def test_waiting_is_for_any_day_and_each_number_leads_to_its_rows(client, worker):
    asked = referral(9)
    factories.triage(asked)
    still = referral(1)

    then = client.get(WAITING, {"on": "2026-10-09"})
    now = client.get(WAITING)

    assert [row.referral for row in then.context["truth"].waiting] == [asked]
    assert [row.referral for row in now.context["truth"].waiting] == [still]
    links = re.findall(rf'href="({WAITED}[^"]*)"', then.text)
    assert len(links) >= 6
    for link in links:
        assert client.get(link.replace("&amp;", "&")).status_code == 200
    assert listed("waiting.day.listed") == [[asked.person_id], [still.person_id]]


@pytest.mark.parametrize(
    ("part", "count"), [("waiting", 1), ("that_day", 2), ("seen", 2), ("in_time", 1), ("late", 1), ("left", 1)]
)
def test_waited_has_as_many_rows_as_its_number(client, worker, part, count):
    referral(1)
    factories.triage(referral(2))
    factories.triage(referral(20))
    factories.triage(referral(5), outcome="LEFT", needs="Gone", done_on=DAY - timedelta(days=1))

    response = client.get(WAITED, {"on": "2026-10-14", "part": part})

    assert (len(response.context["page"].rows), response.context["total"]) == (count, count)
    assert [len(each) for each in listed("waiting.rows.listed")] == [count]


def test_waited_is_narrowed_by_band_group_and_source(client, worker):
    court = factories.source("COURT")
    short, outside = referral(0), referral(9, source=court)

    def shown(**query):
        return [row.referral for row in client.get(WAITED, {"part": "waiting", **query}).context["page"].rows]

    assert shown() == [outside, short]
    assert shown(band=0) == [short]
    assert shown(group="EXTERNAL") == [outside]
    assert shown(source=court.pk) == [outside]


@pytest.mark.parametrize(
    "query", ["on=x", "on=2027-01-01", "on=0001-01-01", "part=x&band=99&source=x&after=x", "after=-1"]
)
@pytest.mark.parametrize("page", [WAITING, WAITED])
def test_waiting_shows_today_where_the_address_says_nothing_that_is(client, worker, page, query):
    assert client.get(f"{page}?{query}").status_code == 200


def test_waiting_says_why_a_day_cannot_be_chosen(client, worker):
    assert "Choose today or a day before." in client.get(WAITING, {"on": "2026-10-15"}).text


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("page", [WAITING, WAITED])
def test_waiting_asks_the_same_number_of_queries(client, worker, page, count, django_assert_num_queries):
    for days in range(count):
        referral(days)
        factories.triage(referral(days + 1))

    with django_assert_num_queries(17 if page == WAITING else 18):
        client.get(page)


def test_waiting_shows_no_other_prison(client, worker):
    referral(1, spell=factories.spell(prison=factories.prison(*ALTCOURSE)))

    assert client.get(WAITING).context["truth"].count == 0
    assert client.get(WAITED).context["page"].rows == []


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PARTNER, Role.AUDITOR])
@pytest.mark.parametrize("page", [WAITING, WAITED])
def test_waiting_is_refused_to_other_roles(client, role, page):
    client.force_login(factories.user(role))

    assert client.get(page).status_code == 403
