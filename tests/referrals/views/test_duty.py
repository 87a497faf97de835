from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from casework.access import Role
from referrals.models import Attempt, Claim, Hold
from referrals.operations import duty
from tests import factories
from tests.referrals.steps import ALTCOURSE, DAY, errors, opened, referral

pytestmark = pytest.mark.django_db
BUTTONS = ["claim", "release", "take_over", "resume"]


def url(name, asked):
    return reverse(f"referrals:{name}", args=[asked.pk])


def test_claim_from_the_queue_goes_back_there_and_shows_who_has_it(client, worker):
    asked = referral()

    response = client.post(url("claim", asked), {"back": "queue"}, follow=True)

    assert response.redirect_chain == [(reverse("referrals:queue"), 302)]
    assert "You have taken the referral of Sam Testerton." in response.text
    assert "Taken by duty: Kay Worker" in response.text
    assert "Give back" in response.text
    assert opened("referral.claimed") == [(worker.pk, asked.person_id)]


def test_claim_tells_the_second_who_has_it(client, worker):
    asked = referral()
    duty.claim(referral=asked, by=factories.user(full_name="Ola First"))

    response = client.post(url("claim", asked), follow=True)

    assert "Sam Testerton: Ola First has this referral since 11:00." in response.text
    assert Claim.objects.get(until_at=None).worker.full_name == "Ola First"


def test_two_clicks_claim_once(client, worker):
    asked = referral()

    for _ in range(2):
        client.post(url("claim", asked))

    assert Claim.objects.count() == 1


def test_release_lets_anybody_take_it(client, worker):
    asked = referral()
    duty.claim(referral=asked, by=worker)

    response = client.post(url("release", asked), follow=True)

    assert response.redirect_chain == [(url("show", asked), 302)]
    assert "The referral of Sam Testerton was given back." in response.text
    assert Claim.objects.filter(until_at=None).count() == 0


def test_take_over_is_for_managers(client, worker):
    asked = referral()
    duty.claim(referral=asked, by=worker)
    manager = factories.user(Role.MANAGER)

    refused = client.post(url("take_over", asked))
    seen = client.get(url("show", asked))
    client.force_login(manager)
    offered = client.get(url("show", asked))
    client.post(url("take_over", asked))

    assert (refused.status_code, "Take over" in seen.text, "Take over" in offered.text) == (403, False, True)
    assert Claim.objects.get(until_at=None).worker == manager


def test_attempt_is_shown_with_its_reason(client, worker):
    asked = referral()
    data = {"outcome": "LOCKED", "on": "14/10/2026", "note": "Staff short", "nonce": uuid4()}

    first, second = (client.post(url("attempt", asked), data, follow=True) for _ in range(2))

    assert first.redirect_chain == second.redirect_chain == [(url("show", asked), 302)]
    assert "Went to see: not unlocked" in first.text
    assert "Staff short" in first.text
    assert "Went 1 time, last 14 Oct: not unlocked" in client.get(reverse("referrals:queue")).text
    assert Attempt.objects.count() == 1


def test_hold_and_resume(client, worker):
    asked = referral()
    data = {"reason": "COURT", "until_on": "20/10/2026", "note": "", "nonce": uuid4()}

    held = client.post(url("hold", asked), data, follow=True)
    queue = client.get(reverse("referrals:queue"))
    apart = client.get(reverse("referrals:queue"), {"hold": "held"})
    back = client.post(url("resume", asked), follow=True)

    assert "On hold until Tuesday 20 October 2026: at court. The clock goes on." in " ".join(held.text.split())
    assert "All who wait are on hold." in queue.text
    assert [row.referral for row in apart.context["page"].rows] == [asked]
    assert "The referral of Sam Testerton is off hold." in back.text
    assert Hold.objects.get().lifted_by == worker


@pytest.mark.parametrize(
    ("page", "given", "said"),
    [
        ("attempt", {"on": "15/10/2026"}, {"on": ["The day cannot be in the future."]}),
        ("attempt", {"outcome": ""}, {"outcome": ["This field is required."]}),
        (
            "attempt",
            {"note": "x" * 100_000},
            {"note": ["Shorten this to 200 characters. It has 100000."]},
        ),
        ("hold", {"until_on": "14/10/2026"}, {"until_on": ["Choose a day after today."]}),
        (
            "hold",
            {"until_on": "9/9/9999"},
            {"until_on": ["Choose a day within 84 days. It can be put on hold again then."]},
        ),
        ("hold", {"reason": "OTHER"}, {"note": ["Say in a few words why."]}),
    ],
)
def test_a_refusal_stands_beside_its_field(client, worker, page, given, said):
    usual = {"outcome": "LOCKED", "on": "14/10/2026", "reason": "COURT", "until_on": "20/10/2026", "nonce": uuid4()}

    response = client.post(url(page, referral()), {**usual, **given})

    assert errors(response) == said
    assert (Attempt.objects.count(), Hold.objects.count()) == (0, 0)


@pytest.mark.parametrize("page", ["attempt", "hold"])
def test_a_form_for_what_was_answered_leads_to_the_answer(client, worker, page):
    asked = factories.triage(referral()).referral

    assert client.get(url(page, asked)).url == url("show", asked)


def test_show_tells_all_that_was_done(client, worker):
    asked = referral(1, wants=["TALK", "STOP"], office="")
    duty.claim(referral=asked, by=worker)
    duty.attempt(referral=asked, outcome="SEEN", on=DAY, by=worker)

    response = client.get(url("show", asked))

    assert sorted(step.what for step in response.context["steps"]) == ["Received", "Seen", "Taken by duty"]
    assert response.context["wants"] == ["Stop using", "Talk to somebody"]
    assert "Seen, outcome to come." in response.text


@pytest.mark.parametrize("count", [1, 3])
def test_show_asks_the_same_number_of_queries(client, worker, count, django_assert_num_queries):
    asked = referral(5, wants=["TALK"], signs=["DETOX"])
    for days in range(count):
        duty.attempt(referral=asked, outcome="LOCKED", on=DAY - timedelta(days=days), by=worker)

    with django_assert_num_queries(34):
        client.get(url("show", asked))


@pytest.mark.parametrize("name", [*BUTTONS, "attempt", "hold"])
def test_another_prison_finds_nothing(client, name):
    asked = referral()
    client.force_login(factories.user(Role.MANAGER, prison=factories.prison(*ALTCOURSE)))

    assert client.post(url(name, asked)).status_code == 404


@pytest.mark.parametrize("name", [*BUTTONS, "attempt", "hold"])
@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PARTNER, Role.AUDITOR])
def test_other_roles_are_refused(client, name, role):
    asked = referral()
    client.force_login(factories.user(role))

    assert client.post(url(name, asked)).status_code == 403


@pytest.mark.parametrize("name", BUTTONS)
def test_a_link_does_nothing(client, name):
    client.force_login(factories.user(Role.MANAGER))

    assert client.get(url(name, referral())).status_code == 405
