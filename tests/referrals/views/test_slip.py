import uuid
from datetime import date

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, FormerNumber, Person
from referrals.models import KioskLink, Referral, Slip
from referrals.operations import slip as operations
from referrals.queries import slip as queries
from tests import factories

pytestmark = pytest.mark.django_db
UNKNOWN = "Nobody here has this number. Look at the slip again, or find the person by name and refer from there."
ELSEWHERE = "The roll has Sam Testerton in A-1-001, not in B-2-002. Check the number, or leave the cell empty."
GONE = "Sam Gone is not on the roll, so cannot be referred. If that is wrong, ask for today’s roll to be imported."
PILE, SLIPS = reverse("referrals:pile"), reverse("referrals:slips")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(factories.at(hour=11)):
        yield


@pytest.fixture
def worker(client):
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made


def stay(number, **given):
    return factories.spell(factories.person(number=number, **given))


def pile(*rows, **given):
    """What is sent: rows of (number, cell, ticks)."""
    sent = {"received_on": "14/10/2026", "nonce": uuid.uuid4(), **given}
    for row, values in enumerate(rows, start=1):
        sent |= dict(zip([f"number_{row}", f"cell_{row}", f"ticks_{row}"], values, strict=True))
    return sent


# A pile of paper


def test_pile_makes_a_referral_of_each_slip(client, worker):
    one, two = stay("A0001AA"), stay("A0002AA")
    FormerNumber.objects.create(number="A9999AA", person=two.person, prison_ids=[two.prison_id], since=factories.at())

    response = client.post(PILE, pile(("a0001aa", "A-1-001", "1 6"), ("", "", ""), ("A9999AA", "", "")))

    rows = Referral.objects.order_by("person__number")
    assert response.url == reverse("referrals:queue")
    assert [(row.person, row.source.code, row.wants, row.received_on) for row in rows] == [
        (one.person, "SELF", ["STOP", "TALK"], factories.DAY),
        (two.person, "SELF", [], factories.DAY),
    ]
    assert [row.reason for row in rows] == [
        "Self-referral slip. Wants: stop using, talk to somebody.",
        "Self-referral slip.",
    ]
    assert AuditEntry.objects.get(action="slip.pile_taken_in").detail == {"referrals": [row.pk for row in rows]}


def test_pile_sent_twice_makes_each_once(client, worker):
    stay("A0001AA")
    sent = pile(("A0001AA", "", "2"))

    for _ in range(2):
        client.post(PILE, sent)

    assert Referral.objects.count() == 1


def test_pile_with_a_slip_of_somebody_who_waits_counts_him_once(client, worker):
    waits = factories.referral(spell=stay("A0001AA"))

    response = client.post(PILE, pile(("A0001AA", "", "")), follow=True)

    assert list(Referral.objects.exclude(pk=waits.pk).values_list("repeat_of", flat=True)) == [waits.pk]
    assert response.context["standing"].waiting == 1
    assert "1 of them from people who wait already: not counted again." in response.text


def test_pile_with_two_slips_of_one_person_counts_him_once(client, worker):
    stay("A0001AA")

    page = client.post(PILE, pile(("A0001AA", "", "1"), ("A0001AA", "", "2")), follow=True)

    assert Referral.objects.filter(repeat_of=None).count() == 1
    assert "2 slips were taken in. 1 of them from people who wait already: not counted again." in page.text


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        (("A0404AA", "", ""), "number_2", UNKNOWN),
        (("hello", "", ""), "number_2", "“HELLO” is not a prison number. One looks like A1234BC."),
        (("", "A-1-001", ""), "number_2", "Enter the prison number."),
        (("A0002AA", "B-2-002", ""), "cell_2", ELSEWHERE),
        (("A0002AA", "", "9"), "ticks_2", "There is no box 9. The boxes are 1 to 8."),
        (("A0003AA", "", ""), "number_2", GONE),
    ],
)  # fmt: skip
def test_pile_with_one_wrong_row_saves_none_and_loses_nothing(client, worker, row, field, words):
    stay("A0001AA")
    stay("A0002AA")
    gone()

    response = client.post(PILE, pile(("A0001AA", "A-1-001", "1"), row))

    assert response.context["form"].errors == {field: [words]}
    assert Referral.objects.count() == 0
    assert 'value="A0001AA"' in response.text
    assert "Testerton, Sam" in response.text


def gone():
    factories.spell(factories.person("Gone", number="A0003AA"), off_roll_on=factories.DAY)


def test_pile_needs_one_slip_and_a_day_that_can_be(client, worker):
    assert client.post(PILE, pile()).context["form"].errors == {
        "__all__": ["Enter the prison number of at least one slip."]
    }
    stay("A0001AA")
    response = client.post(PILE, pile(("A0001AA", "", ""), received_on="15/10/2026"))
    assert response.context["form"].errors == {"number_1": ["The day it was received cannot be in the future."]}


def test_pile_knows_nobody_of_another_prison(client, worker):
    altcourse = factories.prison("ACI", "Altcourse (HMP)")
    factories.spell(factories.person(number="A0001AA", prison_ids=[altcourse.pk]), prison=altcourse)

    assert "number_1" in client.post(PILE, pile(("A0001AA", "", ""))).context["form"].errors


@pytest.mark.parametrize("count", [1, 3])
def test_pile_looks_all_numbers_up_together(client, worker, count, django_assert_num_queries):
    rows = [(stay(f"A000{n}AA").person.number, "", "9") for n in range(count)]
    client.post(PILE, pile(*rows))

    with django_assert_num_queries(14):
        client.post(PILE, pile(*rows))


def test_name_tells_whose_a_number_is(client, worker):
    there = stay("A0001AA")

    known = client.post(reverse("referrals:slip_name"), {"number_7": "a0001aa"})
    unknown = client.post(reverse("referrals:slip_name"), {"number_7": "A0404AA"})

    assert known.text.strip() == "Testerton, Sam, A-1-001"
    assert "Nobody here has this number." in unknown.text
    assert AuditEntry.objects.get(action="slips.name.listed").detail["people"] == [there.person_id]


def test_blank_slip_is_printed_with_the_boxes_of_the_settings(client, worker):
    page = client.get(reverse("referrals:blank_slip")).text

    assert page.count("Do you want help with drugs or alcohol?") == 2
    assert "8 Get ready for release" in page


@pytest.mark.parametrize("name", ["blank_slip", "pile", "slips"])
def test_slips_are_for_caseworkers(client, name):
    client.force_login(factories.user(Role.ADMINISTRATOR))

    assert client.get(reverse(f"referrals:{name}")).status_code == 403


# From the kiosks


def slip(**given):
    prison = given.pop("prison", None) or factories.prison()
    wing = factories.wing(prison=prison, code=f"W{next(factories.counter)}")
    link = KioskLink.objects.create(
        prison=prison, wing=wing, label="Office", token_hash=uuid.uuid4().hex, issued_by=factories.user(prison=prison),
        issued_at=factories.at(), expires_on=date(2027, 1, 1),
    )  # fmt: skip
    given = {"officer": "Officer Blank", "worry": "Slurred at unlock", "received_at": factories.at(hour=9), **given}
    return Slip.objects.create(prison=prison, wing=wing, link=link, **given)


def test_slips_wait_oldest_first_and_page_by_key(client, worker, monkeypatch):
    later, first = slip(received_at=factories.at(hour=10)), slip(received_at=factories.at(hour=8))
    slip(prison=factories.prison("ACI", "Altcourse (HMP)"))

    assert client.get(SLIPS).context["page"].rows == [first, later]
    monkeypatch.setattr(queries, "PAGE", 1)
    begin = client.get(SLIPS)
    assert (begin.context["page"].rows, begin.context["next_url"]) == ([first], f"?after={first.pk}")
    assert client.get(SLIPS + begin.context["next_url"]).context["page"].rows == [later]
    assert client.get(SLIPS, {"after": "x"}).context["page"].rows == [first]


def test_show_offers_who_may_be_meant_and_chooses_nobody(client, worker):
    exact = stay("A0001AA", surname="Exact").person
    sounds = stay("A0002AA", surname="Smyth").person
    waits = slip(number="A0001AA", name="Sam Smith")

    response = client.get(reverse("referrals:slip", args=[waits.pk]))

    near = {row.person for row in [*response.context["named"], *response.context["near"]]}
    assert (response.context["exact"], sounds in near) == (exact, True)
    assert Referral.objects.count() == 0
    assert set(AuditEntry.objects.get(action="slips.candidates.listed").detail["people"]) >= {exact.pk, sounds.pk}


def match(client, row, person):
    return client.post(reverse("referrals:match_slip", args=[row.pk, person.pk]))


def test_match_makes_the_referral_in_the_officers_words_once(client, worker):
    person = stay("A0001AA").person
    waits = slip(number="A0001AA", urgent=["DETOX"])

    for _ in range(2):
        assert match(client, waits, person).url == SLIPS

    made = Referral.objects.get()
    waits.refresh_from_db()
    assert (made.source.code, made.referrer, made.reason, made.signs) == (
        "WING",
        "Officer Blank",
        "Slurred at unlock",
        ["DETOX"],
    )
    assert (made.urgency, made.received_on) == ("PRIORITY", factories.DAY)
    assert (waits.answer, waits.person, waits.referral, waits.answered_by) == ("MATCHED", person, made, worker)


def test_match_with_somebody_who_waits_makes_a_repeat_that_is_not_counted(client, worker):
    waits, handed = factories.referral(spell=stay("A0001AA")), slip(number="A0001AA", urgent=["DETOX"])

    response = client.post(reverse("referrals:match_slip", args=[handed.pk, waits.person_id]), follow=True)

    queue = client.get(reverse("referrals:queue"))
    assert list(Referral.objects.exclude(pk=waits.pk).values_list("repeat_of", flat=True)) == [waits.pk]
    assert "They wait already, so it is a repeat." in response.text
    assert (queue.context["standing"].waiting, [row.referral for row in queue.context["page"].rows]) == (1, [waits])
    assert "asked 2 times" in queue.text
    assert queue.context["page"].rows[0].priority


def test_match_by_two_at_once_tells_the_second(client, worker):
    one, two = stay("A0001AA").person, stay("A0002AA").person
    waits = slip()
    match(client, waits, one)

    page = client.get(match(client, waits, two).url).text

    assert "Somebody else has answered this slip already." in page
    assert Referral.objects.count() == 1


def test_match_of_somebody_who_left_is_told_and_changes_nothing(client, worker):
    gone()
    waits = slip()
    person = Person.objects.get(number="A0003AA")

    page = client.get(match(client, waits, person).url).text

    assert "is not on the roll" in page
    assert Slip.objects.waiting().count() == 1


def test_set_aside_needs_a_reason_and_makes_no_referral(client, worker):
    waits = slip()
    url = reverse("referrals:slip", args=[waits.pk])

    refused = client.post(url, {"why": ""})
    client.post(url, {"answer": "NOT_FOR_US", "why": "About canteen"})

    waits.refresh_from_db()
    assert refused.context["form"].errors.keys() == {"answer", "why"}
    assert (waits.answer, waits.why, waits.answered_by, Referral.objects.count()) == (
        "NOT_FOR_US",
        "About canteen",
        worker,
        0,
    )
    with pytest.raises(ValidationError, match="Somebody else has answered"):
        operations.set_aside(slip=waits, answer="UNKNOWN", why="x", by=worker)


def test_slips_and_people_of_another_prison_are_not_found(client, worker):
    altcourse = factories.prison("ACI", "Altcourse (HMP)")
    there, elsewhere = slip(prison=altcourse), factories.person(prison_ids=[altcourse.pk])

    assert client.get(reverse("referrals:slip", args=[there.pk])).status_code == 404
    assert match(client, there, stay("A0001AA").person).status_code == 404
    assert match(client, slip(), elsewhere).status_code == 404
