from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import Location
from referrals.models import Offer, Referral
from tests import factories
from tests.referrals.steps import ALTCOURSE, DAY, errors, listed, opened, referral

pytestmark = pytest.mark.django_db
LIST = reverse("referrals:offers")


def declined(days=30, surname="Testerton", **given):
    asked = referral(days + 1, surname, made_at=factories.at(DAY - timedelta(days=days + 1)))
    day = DAY - timedelta(days=days)
    return factories.triage(
        asked, outcome="DECLINED", needs="Not now", done_on=day, recorded_at=factories.at(day), **given
    )


def page(triage):
    return reverse("referrals:offer", args=[triage.pk])


def answers(**given):
    return {"answer": "ACCEPTED", "asked_on": "14/10/2026", "note": "", "nonce": uuid4(), **given}


def test_offers_lists_who_is_to_be_asked_longest_first(client, worker):
    wing = factories.wing("B")
    new, old = declined(28, "New"), declined(60, "Old")
    Location.objects.filter(spell=new.referral.spell).update(wing=wing)

    response = client.get(LIST)

    assert [row.triage for row in response.context["page"].rows] == [old, new]
    assert "2 people declined at least 28 days ago and are to be asked again" in response.text
    assert [row.triage for row in client.get(LIST, {"wing": wing.pk}).context["page"].rows] == [new]
    assert listed("offers.due.listed")[0] == sorted([new.person_id, old.person_id])
    assert client.get(reverse("referrals:queue")).context["offers"] == 2


def test_offers_go_on_by_key_and_do_not_mind_a_strange_one(client, worker, monkeypatch):
    monkeypatch.setattr("referrals.queries.offers.PAGE", 1)
    new, old = declined(28), declined(60)

    begin = client.get(LIST)
    after = client.get(LIST + begin.context["next_url"])

    assert [[row.triage for row in each.context["page"].rows] for each in (begin, after)] == [[old], [new]]
    for strange in ["x", "-1", "9" * 40, "999999"]:
        assert client.get(LIST, {"after": strange}).status_code == 200


def test_offers_of_nobody_says_so(client, worker):
    assert "Nobody is to be asked again today" in client.get(LIST).text


def test_offer_yes_makes_one_referral_of_two_clicks(client, worker):
    said, data = declined(), answers(wants=["TALK"])

    first, second = (client.post(page(said), data, follow=True) for _ in range(2))

    assert "Sam Testerton wants to be seen: a new referral waits for triage." in first.text
    assert second.redirect_chain == [(LIST, 302)]
    assert Referral.objects.waiting().get().wants == ["TALK"]
    assert opened("offer.answered") == [(worker.pk, said.person_id)]
    assert opened("referral.opened")[0] == (worker.pk, said.person_id)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("DECLINED", "does not want to now. To be offered again in 28 days."),
        ("NEVER", "will not be asked again."),
    ],
)
def test_offer_no_says_what_happens_next(client, worker, answer, told):
    said = declined()

    response = client.post(page(said), answers(answer=answer), follow=True)

    assert told in response.text
    assert (Offer.objects.get().answer, Referral.objects.waiting().count()) == (answer, 0)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"asked_on": "15/10/2026"}, {"asked_on": ["The day cannot be in the future."]}),
        ({"answer": ""}, {"answer": ["This field is required."]}),
        ({"note": "x" * 100_000}, {"note": ["Shorten this to 200 characters. It has 100000."]}),
        ({"wants": ["NONSENSE"]}, {"wants": ["Select a valid choice. NONSENSE is not one of the available choices."]}),
    ],
)
def test_offer_shows_a_refusal_beside_its_field(client, worker, given, told):
    response = client.post(page(declined()), answers(**given))

    assert errors(response) == told
    assert Offer.objects.count() == 0


def test_offer_shows_what_was_said_before(client, worker):
    said = declined(60)
    Offer.objects.create(
        triage=said,
        person=said.person,
        prison=said.referral.prison,
        answer="DECLINED",
        note="After his trial",
        asked_on=DAY - timedelta(days=30),
        asked_by=worker,
        recorded_at=factories.at(DAY - timedelta(days=30)),
    )

    assert "asked by Kay Worker: does not want to now. After his trial" in client.get(page(said)).text


@pytest.mark.parametrize("count", [1, 3])
def test_offers_ask_the_same_number_of_queries(client, worker, count, django_assert_num_queries):
    for _ in range(count):
        declined()

    with django_assert_num_queries(20):
        client.get(LIST)


def test_another_prison_finds_nothing(client):
    said = declined()
    client.force_login(factories.user(prison=factories.prison(*ALTCOURSE)))

    assert client.get(page(said)).status_code == 404
    assert client.get(LIST).context["page"].rows == []


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PARTNER, Role.AUDITOR])
def test_other_roles_are_refused(client, role):
    said = declined()
    client.force_login(factories.user(role))

    assert [client.get(each).status_code for each in (LIST, page(said))] == [403, 403]
