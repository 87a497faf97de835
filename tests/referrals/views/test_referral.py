from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from casework.models import Alert, Location
from referrals.models import Referral, Source
from referrals.queries import referral as queries
from tests import factories
from tests.referrals.steps import DAY, errors, opened, referral

pytestmark = pytest.mark.django_db


def test_list_shows_each_referral_with_what_came_of_it(client, worker):
    first = referral(30)
    factories.triage(first, outcome="DECLINED", done_by=worker)
    second = referral(4, spell=first.spell, referrer="Officer Example")
    repeat = referral(1, spell=first.spell, repeat_of=second)

    response = client.get(reverse("referrals:list", args=[first.person_id]))

    assert response.context["page"].rows == [repeat, second, first]
    assert "Person declined, 14 October 2026, Kay Worker" in response.text
    assert "Waiting for triage" in response.text
    assert opened("referrals.opened") == [(worker.pk, first.person_id)]


def test_list_pages_by_key(client, worker, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 1)
    old = factories.triage(referral(9)).referral
    new = referral(4, spell=old.spell)

    begin = client.get(reverse("referrals:list", args=[old.person_id]))
    after = client.get(reverse("referrals:list", args=[old.person_id]) + begin.context["next_url"])

    assert [begin.context["page"].rows, after.context["page"].rows] == [[new], [old]]


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_the_same_number_of_queries(client, worker, count, django_assert_num_queries):
    spell = factories.spell()
    for days in range(count):
        factories.triage(referral(days, spell=spell))

    with django_assert_num_queries(22):
        client.get(reverse("referrals:list", args=[spell.person_id]))


def test_show_shows_what_was_asked_and_answered(client, worker):
    asked = referral(2, reason="Found with spice")
    factories.triage(asked, outcome="OPEN", needs="Wants to stop")

    response = client.get(reverse("referrals:show", args=[asked.pk]))

    assert "Found with spice" in response.text
    assert "Wants to stop" in response.text
    assert opened("referral.opened") == [(worker.pk, asked.person_id)]


# Making a referral


def answers(**given):
    source = Source.objects.get(code="WING").pk
    usual = {"source": source, "received_on": "14/10/2026", "reason": "Found with spice", "urgency": "ORDINARY"}
    return {**usual, "nonce": uuid4(), **given}


def test_make_makes_one_referral_of_two_clicks(client, worker):
    spell, data = factories.spell(), answers(referrer="Officer Example")
    url = reverse("referrals:make", args=[spell.person_id])

    first, second = client.post(url, data), client.post(url, data)

    made = Referral.objects.get()
    assert (made.person, made.referrer, made.received_on, made.made_by) == (
        spell.person,
        "Officer Example",
        DAY,
        worker,
    )
    assert [first.url, second.url] == [reverse("referrals:list", args=[spell.person_id])] * 2
    assert "Triage is due by 21 October 2026" in client.get(first.url).text


def test_make_says_when_it_repeats_one_that_waits(client, worker):
    asked = referral(2)

    response = client.post(reverse("referrals:make", args=[asked.person_id]), answers(), follow=True)

    assert "waits for triage already, so it is a repeat" in response.text


def test_make_begins_with_what_is_likely(client, worker):
    spell = factories.spell()
    url = reverse("referrals:make", args=[spell.person_id])
    ordinary = client.get(url).context["form"]
    Alert.objects.create(person=spell.person, prison=spell.prison, kind="H", code="HA", from_at=factories.at())

    urgent = client.get(url)

    assert (ordinary["received_on"].value(), ordinary["urgency"].value()) == (DAY, "ORDINARY")
    assert urgent.context["form"]["urgency"].value() == "PRIORITY"
    assert "Suggested: an ACCT is open." in urgent.text


def test_make_suggests_priority_on_the_segregation_unit(client, worker):
    spell = factories.spell()
    Location.objects.filter(spell=spell).update(wing=factories.wing("S", kind="SEGREGATION"))

    response = client.get(reverse("referrals:make", args=[spell.person_id]))

    assert "Suggested: the person is on the segregation unit." in response.text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"received_on": "15/10/2026"}, {"received_on": ["The day it was received cannot be in the future."]}),
        ({"received_on": "31/9/2026"}, {"received_on": ["Enter a date such as 27/3/2026."]}),
        ({"reason": "x" * 100_000}, {"reason": ["Shorten this to 2000 characters. It has 100000."]}),
        ({"source": ""}, {"source": ["This field is required."]}),
        ({"source": "999999"}, {"source": ["Select a valid choice. That choice is not one of the available choices."]}),
    ],
)
def test_make_shows_a_refusal_beside_its_field(client, worker, given, said):
    spell, data = factories.spell(), answers(**given)

    response = client.post(reverse("referrals:make", args=[spell.person_id]), data)

    assert errors(response) == said
    assert data["reason"] in response.text
    assert Referral.objects.count() == 0


def test_make_refuses_plainly_somebody_not_on_the_roll(client, worker):
    person = factories.person()

    url = reverse("referrals:make", args=[person.pk])

    look, response = client.get(url), client.post(url, answers())

    assert "Somebody who is not on the roll cannot be referred." in look.text
    assert errors(response) == {
        "__all__": [
            (
                "Sam Testerton is not on the roll, so cannot be referred."
                " If that is wrong, ask for today’s roll to be imported."
            )
        ]
    }


def test_make_keeps_what_the_person_wants_and_where_it_came_from(client, worker):
    spell = factories.spell()
    wing = factories.wing("B")
    Location.objects.filter(spell=spell).update(wing=wing, cell="B-2-014")

    client.post(reverse("referrals:make", args=[spell.person_id]), answers(wants=["STOP", "TALK"], signs=["INFLUENCE"]))

    made = Referral.objects.get()
    assert (made.wants, made.signs, made.came_from, made.office) == (
        ["STOP", "TALK"],
        ["INFLUENCE"],
        "B wing, cell B-2-014",
        "",
    )
    page = client.get(reverse("referrals:show", args=[made.pk]))
    assert (page.context["wants"], page.context["row"].why) == (
        ["Stop using", "Talk to somebody"],
        ["Found under the influence"],
    )
    assert "B wing, cell B-2-014" in client.get(reverse("referrals:list", args=[spell.person_id])).text


def test_make_keeps_the_office_outside(client, worker):
    spell = factories.spell()
    court = factories.source("COURT").pk

    client.post(reverse("referrals:make", args=[spell.person_id]), answers(source=court, office="Sampleford Court"))

    made = Referral.objects.get()
    assert (made.came_from, made.wing, made.cell) == ("Sampleford Court", None, "")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"office": "Court"},
            {"office": ["“Wing officer” is not outside. Leave this empty, or choose another source."]},
        ),
        ({"signs": ["POSITIVE"]}, {"signs": ["“Tested positive at reception” goes with “Reception screening” only."]}),
        ({"wants": ["X"]}, {"wants": ["Select a valid choice. X is not one of the available choices."]}),
    ],
)
def test_make_refuses_ticks_that_do_not_fit(client, worker, given, said):
    response = client.post(reverse("referrals:make", args=[factories.spell().person_id]), answers(**given))

    assert errors(response) == said
    assert Referral.objects.count() == 0


def test_make_offers_no_source_that_only_the_product_records(client, worker):
    form = client.get(reverse("referrals:make", args=[factories.spell().person_id])).context["form"]

    assert "Offered again" not in str(form["source"])


def test_who_waits_is_referred_wherever_a_stage_is_shown(client, worker):
    asked = referral()
    factories.referral(spell=asked.spell, repeat_of=asked)
    answered, open_too = referral(), referral()
    factories.triage(answered, outcome="DECLINED")
    factories.case(spell=open_too.spell, worker=worker)
    search = client.post(reverse("casework:find"), {"text": "testerton"}).url

    pages = [
        [client.get(reverse(name, args=[one.person_id])).text for name in ["reporting:person", "casework:details"]]
        for one in [asked, answered, open_too]
    ]
    rows = {row.person.pk: row.referral_url for row in client.get(search).context["page"].rows}

    address = reverse("referrals:show", args=[asked.pk])
    link = f'<a class="govuk-link" href="{address}">Referred</a>'
    assert [[link in page for page in each] for each in pages] == [[True, True], [False, False], [False, False]]
    assert [">Referred<" in page for each in pages[1:] for page in each] == [False] * 4
    assert "Triaged" in pages[2][0]
    assert f'href="{address}">See the referral</a>' in pages[0][1]
    assert rows == {asked.person_id: address, answered.person_id: "", open_too.person_id: ""}


def test_find_asks_for_all_who_wait_at_once(client, worker):
    numbers = []
    for _ in range(2):
        referral()
        page = client.post(reverse("casework:find"), {"text": "testerton"}).url
        with CaptureQueriesContext(connection) as asked:
            client.get(page)
        numbers.append(len(asked))

    assert numbers[0] == numbers[1]


@pytest.mark.parametrize(("ask_again", "words"), [(True, "After 28 days"), (False, "No: the person does not want")])
def test_show_says_whether_somebody_who_declined_is_asked_again(client, worker, ask_again, words):
    declined = factories.triage(referral(), outcome="DECLINED", ask_again=ask_again)

    assert words in client.get(reverse("referrals:show", args=[declined.referral_id])).text
