from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import Alert, AuditEntry, Case, CustodySpell, Location
from referrals import queries
from referrals.models import Referral, Source, Triage
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
ALTCOURSE = ("ACI", "Altcourse (HMP)")


@pytest.fixture
def worker(client):
    """A keyworker who has signed in."""
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made


def listed(action):
    return [entry.detail["people"] for entry in AuditEntry.objects.filter(action=action)]


def opened(action):
    return list(AuditEntry.objects.filter(action=action).values_list("by_id", "person_id"))


def referral(days=0, surname="Testerton", **given):
    """A referral of somebody new, received some days ago."""
    given.setdefault("spell", factories.spell(factories.person(surname)))
    return factories.referral(received_on=DAY - timedelta(days=days), **given)


def errors(response):
    return response.context["form"].errors


# The front door


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
    assert response.context["standing"] == queries.Standing(waiting=3, priority=1, late=2, longest=8)
    assert "asked 2 times" in response.text
    assert listed("referrals.waiting.listed") == [sorted(each.person_id for each in [new, old, urgent])]


def test_queue_with_nobody_says_so_with_the_number(client, worker):
    response = client.get(reverse("referrals:queue"))

    assert "No waiting list" in response.text
    assert response.context["standing"] == queries.Standing(0, 0, 0, 0)


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
    monkeypatch.setattr(queries, "PAGE", 2)
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

    with django_assert_num_queries(19):
        client.get(reverse("referrals:queue"))


# The referrals of a person


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
    monkeypatch.setattr(queries, "PERSON_PAGE", 1)
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

    with django_assert_num_queries(21):
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
        ({"received_on": "31/9/2026"}, {"received_on": ["Enter a valid date."]}),
        ({"reason": "x" * 100_000}, {"reason": ["Ensure this value has at most 2000 characters (it has 100000)."]}),
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


# Triage


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


# Who may

PAGES = ["list", "show", "make", "triage"]


def address(page, asked):
    return reverse(f"referrals:{page}", args=[asked.pk if page in {"show", "triage"} else asked.person_id])


@pytest.mark.parametrize("page", PAGES)
def test_another_prison_finds_nothing(client, page):
    asked = referral()
    client.force_login(factories.user(prison=factories.prison(*ALTCOURSE)))

    assert client.get(address(page, asked)).status_code == 404


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PARTNER, Role.AUDITOR])
@pytest.mark.parametrize("page", PAGES)
def test_other_roles_are_refused(client, role, page):
    asked = referral()
    client.force_login(factories.user(role))

    assert client.get(address(page, asked)).status_code == 403
    assert client.get(reverse("referrals:queue")).status_code == 403
