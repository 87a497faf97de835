import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import Absence, Allocation, Case, CustodySpell
from referrals.models import Triage
from referrals.operations import duty
from tests import factories
from tests.referrals.steps import errors, opened, referral

pytestmark = pytest.mark.django_db


def outcome(**given):
    return {"outcome": "OPEN", "needs": "Wants to stop", "done_on": "14/10/2026", "worker": "", **given}


def test_triage_opens_a_case_for_oneself(client, worker):
    asked = referral(2)

    response = client.post(reverse("referrals:triage", args=[asked.pk]), outcome(worker=worker.pk), follow=True)

    case = Case.objects.get()
    assert (case.person, case.allocations.get().worker) == (asked.person, worker)
    assert response.redirect_chain == [(reverse("referrals:queue"), 302)]
    assert "Sam Testerton: case opened." in response.text
    assert opened("referral.opened") == [(worker.pk, asked.person_id)]


def test_triage_lets_a_manager_choose_anybody_and_a_keyworker_himself(client, worker):
    asked, other = referral(2), factories.user()
    url = reverse("referrals:triage", args=[asked.pk])
    manager = factories.user(Role.MANAGER)

    own = client.post(url, outcome(worker=other.pk))
    client.force_login(manager)
    client.post(url, outcome(worker=other.pk))

    assert list(errors(own)) == ["worker"]
    assert Case.objects.get().allocations.get().worker == other


def test_triage_suggests_a_worker_and_asks_why_it_is_another(client, worker):
    asked, before = referral(2), factories.user(full_name="Ann Before")
    factories.end(factories.case(spell=asked.spell, worker=before).allocations.get(), until_at=factories.at())
    Case.objects.update(closed_on=factories.DAY, close_reason="COMPLETED", closed_by=before)
    url = reverse("referrals:triage", args=[asked.pk])

    page = client.get(url)
    sent = outcome(worker=worker.pk, suggested=page.context["form"]["suggested"].value())
    refused = client.post(url, sent)
    unasked = Triage.objects.count()
    client.post(url, {**sent, "reason": "They met at reception"})

    assert "Suggested: <strong>Ann Before</strong> (0 of 25 cases, worked with this person before)." in page.text
    assert errors(refused) == {"reason": ["Ann Before is suggested. Say why it shall be Kay Worker."]}
    assert "Wants to stop" in refused.text
    assert unasked == 0
    row = Allocation.objects.get(until_at=None)
    assert (row.worker, row.suggested, row.reason) == (worker, before, "They met at reception")


def test_triage_refuses_a_worker_who_is_away_or_full_beside_the_field(client, worker):
    client.force_login(factories.user(Role.MANAGER, capacity=0))
    away, full = factories.user(full_name="Al Away"), factories.user(full_name="Flo Full", capacity=0)
    Absence.objects.create(user=away, prison=away.prison, from_on=factories.DAY, until_on=factories.DAY)
    url = reverse("referrals:triage", args=[referral().pk])

    responses = [client.post(url, outcome(worker=one.pk)) for one in [away, full]]

    assert [errors(response) for response in responses] == [
        {"worker": ["Al Away is away until 14 October 2026. Choose somebody who is here."]},
        {"reason": ["Flo Full holds 0 of 0 cases already. Say why it shall be one more."]},
    ]
    assert (Triage.objects.count(), Case.objects.count()) == (0, 0)


def test_triage_suggests_what_is_likely(client, worker):
    new, known, gone = referral(), referral(), referral()
    factories.case(spell=known.spell, worker=worker)
    CustodySpell.objects.filter(pk=gone.spell_id).update(ended_at=factories.at(), end="RELEASED")

    forms = [client.get(reverse("referrals:triage", args=[each.pk])).context["form"] for each in [new, known, gone]]

    assert [form["outcome"].value() for form in forms] == ["OPEN", "REPEAT", "LEFT"]


def test_triage_that_opens_no_case_is_held_by_nobody(client, worker):
    client.post(reverse("referrals:triage", args=[referral().pk]), outcome(outcome="DECLINED", worker=worker.pk))

    assert (Triage.objects.get().outcome, Case.objects.count()) == ("DECLINED", 0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"done_on": "15/10/2026"}, {"done_on": ["The day of the triage cannot be in the future."]}),
        ({"outcome": "REPEAT"}, {"outcome": ["Sam Testerton has no open case. Choose another outcome."]}),
        ({"needs": " "}, {"needs": ["Say what the person needs or, if no case is opened, why."]}),
    ],
)
def test_triage_shows_a_refusal_beside_its_field(client, worker, given, said):
    response = client.post(reverse("referrals:triage", args=[referral().pk]), outcome(substances="spice", **given))

    assert errors(response) == said
    assert 'value="spice"' in response.text
    assert Triage.objects.count() == 0


def test_triage_shows_the_second_worker_what_the_first_did(client, worker):
    asked = referral()
    factories.triage(asked, outcome="DECLINED", needs="Not this time", done_by=factories.user(full_name="Ola First"))
    url = reverse("referrals:triage", args=[asked.pk])

    late, look = client.post(url, outcome(needs="My own words")), client.get(url)

    assert "Ola First has triaged this referral already: person declined. Your answers were not saved." in late.text
    assert "Not this time" in late.text
    assert "My own words" in late.text
    assert look.url == reverse("referrals:show", args=[asked.pk])
    assert Triage.objects.count() == 1


def test_triage_of_two_clicks_is_done_once(client, worker):
    url = reverse("referrals:triage", args=[referral().pk])

    codes = [client.post(url, outcome()).status_code for _ in range(2)]

    assert codes == [302, 302]
    assert (Triage.objects.count(), Case.objects.count()) == (1, 1)


def test_triage_notes_who_does_not_want_to_be_asked_again(client, worker):
    never, later, taken = referral(), referral(), referral()

    for asked, given in [
        (never, {"outcome": "DECLINED", "never_again": "on"}),
        (later, {"outcome": "DECLINED"}),
        (taken, {"never_again": "on"}),
    ]:
        client.post(reverse("referrals:triage", args=[asked.pk]), outcome(**given))

    answers = dict(Triage.objects.values_list("referral", "ask_again"))
    assert answers == {never.pk: False, later.pk: True, taken.pk: True}


def test_triage_keeps_what_was_typed_when_a_colleague_has_it(client, worker):
    asked = referral()
    duty.claim(referral=asked, by=factories.user(full_name="Ola First"))

    response = client.post(reverse("referrals:triage", args=[asked.pk]), outcome(needs="My own words"))

    assert "Ola First has this referral since 11:00. Ask for it to be given back" in response.text
    assert "My own words" in response.text
    assert Triage.objects.count() == 0
