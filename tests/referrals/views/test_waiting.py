import pytest
from django.urls import reverse

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

    with django_assert_num_queries(23):
        client.get(reverse("referrals:queue"))
