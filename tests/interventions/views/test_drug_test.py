import uuid
from datetime import date

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, FormerNumber, Prison, User
from interventions.models import Breach, DrugTest, TestList
from interventions.models.drug_test import MOVES
from interventions.operations import drug_test as operations
from referrals.models import Referral
from tests import factories
from tests.interventions.drug_tests import MONDAY, brought, drawn, living, on, other, people, recorder

pytestmark = pytest.mark.django_db
INDEX, ADD = reverse("interventions:tests"), reverse("interventions:add_tests")
MONTH, DRAW, PASTE, RECORD = [
    reverse(f"interventions:{name}", args=["2026-10"])
    for name in ["test_month", "draw_tests", "paste_tests", "record_tests"]
]


@pytest.fixture
def by(client):
    made = recorder(full_name="Kay Worker")
    client.force_login(made)
    return made


def numbers(count):
    return [person.number for person in people(count)]


# Who may know


def test_team_sees_figures_and_no_name(client):
    by = recorder()
    row = drawn(main=3, by=by)
    brought(on(row, "Main 1"), "POSITIVE", by)
    brought(on(row, "Main 2"), "NEGATIVE", by)
    client.force_login(factories.user())

    page = client.get(INDEX)

    assert "50.0 % (1 of 2)" in page.text
    assert "Testerton" not in page.text
    assert "Lists and results" not in page.text
    assert page.context["figures"].groups == [("Cannabis", 1, "50.0 % (1 of 2)")]


def test_pages_with_names_are_for_the_duty_only(client):
    test = other()
    person = reverse("interventions:person_tests", args=[test.person_id])
    own = [reverse(f"interventions:{name}", args=[test.pk]) for name in ["test", "put_test_right"]]
    pages = [ADD, MONTH, DRAW, PASTE, RECORD, person, *own]

    answers = {}
    for name, user in {
        "without": factories.user(),
        "with": recorder(),
        "manager": factories.user(Role.MANAGER),
    }.items():
        client.force_login(user)
        answers[name] = {client.get(page, follow=True).status_code for page in pages}
    client.force_login(factories.user())

    assert answers == {"without": {403}, "with": {200}, "manager": {200}}
    assert client.post(reverse("interventions:test_name"), {"number_1": test.person.number}).status_code == 403


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.PARTNER])
def test_no_page_is_for_another_role(client, role):
    client.force_login(factories.user(role, duties=[User.Duty.TESTS]))

    assert {client.get(page).status_code for page in [INDEX, ADD, MONTH, DRAW, PASTE, RECORD]} == {403}


def test_pages_of_another_prison_are_not_found(client, by):
    altcourse = factories.prison("ACI", "Altcourse (HMP)")
    there = other(of=factories.spell(prison=altcourse).person)

    assert client.get(reverse("interventions:test", args=[there.pk])).status_code == 404
    assert client.get(put_right(there)[0]).status_code == 404
    assert client.get(reverse("interventions:person_tests", args=[there.person_id])).status_code == 404


@pytest.mark.parametrize("month", ["2026-13", "x", "2026-1"])
def test_a_month_that_is_none_is_not_found(client, by, month):
    assert client.get(reverse("interventions:test_month", args=[month])).status_code == 404
    assert client.get(INDEX, {"month": month}).context["month"] == date(2026, 10, 1)


def test_person_page_shows_tests_to_the_duty_only(client):
    by = recorder()
    test = brought(other(), "POSITIVE", by)
    case = factories.case(spell=test.person.spells.get(), worker=by)
    page = reverse("reporting:person", args=[case.person_id])
    client.force_login(by)
    assert "All drug tests" in client.get(page).text

    client.force_login(factories.user(Role.KEYWORKER))
    without = client.get(page, follow=True)
    client.force_login(factories.user(Role.MANAGER))

    assert "drug tests" not in without.text.lower()
    assert "Cannabis" in client.get(page).text


PAGES = [
    "reporting:person",
    "casework:details",
    "casework:alerts",
    "casework:notes",
    "casework:files",
    "referrals:list",
    "interventions:list",
    "interventions:person_groups",
    "interventions:unit_history",
    "partners:release",
]


def test_whoever_has_not_the_duty_reads_of_no_result_on_any_page_of_his_own_people(client):
    by, worker = recorder(), factories.user()
    Prison.objects.update(test_referral_kinds=["COMPACT"])
    test = brought(other("COMPACT"), "POSITIVE", by)
    operations.put_right(
        test=test, version=test.version, to="SAMPLED", why="Of his neighbour", by=by, nonce=uuid.uuid4()
    )
    brought(other(of=test.person), "MITIGATED", by)
    brought(other("COMPACT", of=test.person, stay=test.stay), "POSITIVE", by)
    factories.case(spell=test.person.spells.get(), worker=worker)
    client.force_login(worker)

    answers = [client.get(reverse(name, args=[test.person_id])) for name in PAGES]
    answers += [client.get(reverse(name)) for name in ["interventions:unit", "casework:caseload", "referrals:waiting"]]
    answers.append(client.get(reverse("casework:find"), {"q": test.person.number}, follow=True))

    assert {answer.status_code for answer in answers} == {200}
    told = [words for words in ["Cannabis", "Methadone", "Positive", "neighbour"] for a in answers if words in a.text]
    assert told == []


def test_who_is_to_be_tested_needs_no_reason_and_others_do(client, by):
    waits, done = other(), brought(other(), "NEGATIVE", recorder())
    for test in [waits, done]:
        factories.case(spell=test.person.spells.get(), worker=factories.user())

    assert client.get(reverse("interventions:test", args=[waits.pk])).status_code == 200
    assert client.get(reverse("interventions:test", args=[done.pk])).status_code == 302


def test_names_that_were_shown_are_in_the_trail(client, by):
    row = drawn(by=by)

    client.get(MONTH)

    shown = AuditEntry.objects.get(action="drug_tests.listed")
    assert set(shown.detail["people"]) == set(row.tests.values_list("person", flat=True))


# The list of a month


def grid(main, reserve=(), **given):
    sent = {"population": 20 * len(main), "percent": 5, "nonce": uuid.uuid4(), **given}
    for part, typed in [("main", main), ("reserve", reserve)]:
        sent |= {f"{part}_{number}": text for number, text in enumerate(typed, start=1)}
    return sent


def test_draw_has_as_many_lines_as_the_percentage_gives_with_its_arithmetic(client, by):
    for person in people(3):
        person.spells.update(received_on=date(2025, 1, 1))
    factories.spell(received_on=date(2026, 10, 2))

    page = client.get(DRAW)

    assert (page.context["form"]["population"].value(), page.context["form"]["percent"].value()) == (3, 5)
    assert page.text.count('name="main_') == 1
    assert "counts 1095 days of 3 people. Over 365 days these are <strong>3</strong> people" in page.text


def test_draw_makes_the_list_once(client, by):
    typed, former = numbers(3), people(1)[0]
    FormerNumber.objects.create(number="Z9999AA", person=former, prison_ids=former.prison_ids, since=factories.at())
    sent = grid([typed[0].lower(), "Z9999AA"], typed[1:])

    for _ in range(2):
        answer = client.post(DRAW, sent, follow=True)

    assert list(DrugTest.objects.order_by("pk").values_list("part", "number", "person__number")) == [
        ("MAIN", 1, typed[0]),
        ("MAIN", 2, former.number),
        ("RESERVE", 1, typed[1]),
        ("RESERVE", 2, typed[2]),
    ]
    assert "The list for October 2026 is drawn and fixed." in answer.text
    assert client.post(DRAW, grid(numbers(1))).context["form"].non_field_errors() == [
        "There is a list for this month already. It is fixed once it is drawn."
    ]


def test_draw_tells_what_is_wrong_beside_each_line_and_loses_nothing(client, by):
    here, gone = people(1)[0], factories.spell(
        factories.person("Gone"), ended_at=factories.at(date(2026, 9, 20)), end="RELEASED"
    ).person  # fmt: skip

    page = client.post(DRAW, grid([here.number, here.number, gone.number, "hello", "Z0404ZZ", ""], ["", here.number]))

    assert page.context["form"].errors == {
        "main_2": [f"{here.name} stands on the list already: main 1."],
        "main_3": [f"{gone.name} was not here in October 2026."],
        "main_4": ["“HELLO” is not a prison number. One looks like A1234BC."],
        "main_5": ["Nobody whom you may see has this number."],
        "main_6": ["Enter the prison number."],
        "reserve_1": ["Enter the prison number."],
        "reserve_2": [f"{here.name} stands on the list already: main 1."],
    }
    assert 'value="hello"' in page.text
    assert TestList.objects.count() == 0


def test_draw_with_another_population_has_other_lines(client, by):
    page = client.post(DRAW, grid(numbers(1), population=60))

    assert page.context["form"].errors == {name: ["Enter the prison number."] for name in ["main_2", "main_3"]}


@pytest.mark.parametrize(
    "given", [{"population": "x"}, {"percent": 99}, {"population": 9**20}, {"population": -1}, {"percent": ""}]
)
def test_draw_with_bad_numbers_is_refused_plainly(client, by, given):
    page = client.post(DRAW, grid(numbers(1), **given))

    assert page.status_code == 200
    assert set(given) <= page.context["form"].errors.keys()


def test_draw_is_for_this_month_and_the_next(client, by):
    codes = [client.get(reverse("interventions:draw_tests", args=[m])).status_code for m in ["2026-11", "2026-12"]]

    assert codes == [200, 404]


def paste(text, **given):
    return {"text": text, "population": 40, "percent": 5, "nonce": uuid.uuid4(), **given}


@pytest.mark.parametrize(
    "shape",
    [
        "{0}\n{1}\n\nReserve list\n{2}",
        "list,number,prison number\nMain,1,{0}\nmain,2,{1}\nReserve,1,{2}",
        "1\t{0}\n2\t{1}\nRESERVE\n1\t{2}",
    ],
)
def test_paste_is_shown_first_and_kept_when_it_is_drawn(client, by, shape):
    typed = numbers(3)
    sent = paste(shape.format(*typed))

    checked = client.post(PASTE, sent)
    assert ("Nothing is kept yet." in checked.text, TestList.objects.count()) == (True, 0)
    client.post(PASTE, {**sent, "draw": "1"})

    assert list(DrugTest.objects.order_by("pk").values_list("part", "number", "person__number")) == [
        ("MAIN", 1, typed[0]),
        ("MAIN", 2, typed[1]),
        ("RESERVE", 1, typed[2]),
    ]


def test_paste_with_wrong_lines_keeps_nothing_and_names_each(client, by):
    one, two = numbers(2)

    page = client.post(PASTE, paste(f"1,{one}\n2,Z0404ZZ\n4,{two}\n{one} \n,,{one},{two}\n<b>", draw="1"))

    assert [(row["line"], row["why"]) for row in page.context["form"].wrong_rows] == [
        (2, "Nobody whom you may see has this number."),
        (3, "This is number 4, and 3 comes next."),
        (4, f"Sam {queries_name(one)} stands on the list already: line 1."),
        (5, "There is more than one prison number on this line."),
        (6, "“<B>” is not a prison number. One looks like A1234BC."),
    ]
    assert "5 lines are wrong. Nothing was kept" in page.text
    assert TestList.objects.count() == 0


def queries_name(number):
    return DrugTest._meta.get_field("person").related_model.objects.get(number=number).surname


def test_paste_of_a_list_of_another_size_is_refused(client, by):
    page = client.post(PASTE, paste("\n".join(numbers(3)), draw="1"))

    assert page.context["form"].errors["population"] == [
        "By this the main list has 3 people, and 5 % of 40 is 2. Correct the number of people held, or the list."
    ]
    assert TestList.objects.count() == 0


@pytest.mark.parametrize("text", ["", "x" * 100_000, "\n" * 30_000, '"' * 50, "A1234BC,\0"])
def test_paste_of_nonsense_is_harmless(client, by, text):
    assert client.post(PASTE, paste(text)).status_code == 200
    assert TestList.objects.count() == 0


# What came of them


def test_record_takes_a_letter_for_each_line(client, by):
    row = drawn(main=4, by=by)
    keys = {n: on(row, f"Main {n}").pk for n in range(1, 5)}
    sent = {
        "taken_at": "12/10/2026 09:30",
        f"what_{keys[1]}": "s",
        f"what_{keys[2]}": "S",
        f"when_{keys[2]}": "11/10/2026 10:00",
    }
    sent |= {f"what_{keys[3]}": "r", f"what_{keys[4]}": "u9"}

    answer = client.post(RECORD, sent, follow=True)

    assert "4 tests were recorded." in answer.text
    assert list(row.tests.filter(part="MAIN").order_by("number").values_list("state", "sampled_at", "unable_why")) == [
        ("SAMPLED", factories.at(MONDAY, 9).replace(minute=30), ""),
        ("SAMPLED", factories.at(date(2026, 10, 11), 10), ""),
        ("REFUSED", None, ""),
        ("UNABLE", None, "VISIT"),
    ]
    assert on(row, "Reserve 1").promoted_at
    results = client.post(RECORD, {f"what_{keys[1]}": "n", f"what_{keys[2]}": "p 1, 9"}, follow=True)
    assert "2 tests were recorded." in results.text
    assert [on(row, "Main 1").standing, on(row, "Main 2").groups] == ["NEGATIVE", ["CANNABIS", "SPICE"]]


def test_record_sent_twice_records_once(client, by):
    row = drawn(by=by)
    sent = {"taken_at": "12/10/2026 09:30", f"what_{on(row, 'Main 1').pk}": "s", f"what_{on(row, 'Main 2').pk}": "u1"}

    for _ in range(2):
        assert client.post(RECORD, sent).url == MONTH

    assert row.tests.exclude(promoted_at=None).count() == 1
    assert on(row, "Main 1").version == 2


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("x", "“x” says nothing here. Type s or r or u."),
        ("n", "“n” says nothing here. Type s or r or u."),
        ("s", "Say when the sample was taken: here, or above for all."),
        ("r3", "Nothing goes with this letter, so what does “3” mean?"),
        ("u", "Give one reason, such as u3."),
        ("u1 2", "Give one reason, such as u3."),
        ("u99", "There is no reason 99. They are 1 to 11, with a space between two."),
    ],
)
def test_record_tells_what_is_wrong_beside_the_line_and_saves_none(client, by, typed, words):
    row = drawn(by=by)
    one, two = on(row, "Main 1").pk, on(row, "Main 2").pk

    page = client.post(RECORD, {f"what_{one}": "r", f"what_{two}": typed})

    assert page.context["form"].errors == {f"what_{two}": [words]}
    assert set(row.tests.values_list("state", flat=True)) == {"SELECTED"}


def test_record_of_what_somebody_else_recorded_meanwhile_is_told(client, by):
    row = drawn(by=by)
    brought(on(row, "Main 1"), "REFUSED", recorder())

    page = client.post(RECORD, {f"what_{on(row, 'Main 1').pk}": "u1"})

    assert page.context["form"].errors == {
        f"what_{on(row, 'Main 1').pk}": ["Somebody recorded this meanwhile: refused."]
    }


def test_record_of_nothing_is_told(client, by):
    drawn(by=by)

    assert client.post(RECORD, {"save": "Save these"}).context["form"].non_field_errors() == [
        "Nothing was entered: type a letter on at least one line."
    ]


def test_one_test_is_recorded_on_its_own_page(client, by):
    Prison.objects.update(test_referral_kinds=["SUSPICION"])
    test = other()
    page = reverse("interventions:test", args=[test.pk])
    client.post(page, {"to": "SAMPLED", "sampled_at": "12/10/2026 09:30"})

    for _ in range(2):
        answer = client.post(page, {"to": "POSITIVE", "groups": ["OPIATE"], "unable_why": "VISIT"}, follow=True)

    test.refresh_from_db()
    assert (test.standing, test.groups, test.unable_why) == ("POSITIVE", ["OPIATE"], "")
    assert Referral.objects.count() == 1
    assert (answer.redirect_chain, "Recorded for" in answer.text) == ([(MONTH, 302)], True)
    answer = client.get(page)
    assert "Made on 14 October 2026, as the local protocol says" in answer.text
    assert [value for value, _ in answer.context["form"].fields["to"].choices] == MOVES["POSITIVE"]


def test_one_test_refuses_what_cannot_be_beside_the_question(client, by):
    test = other()

    page = client.post(
        reverse("interventions:test", args=[test.pk]), {"to": "SAMPLED", "sampled_at": "12/10/2026 25:00"}
    )
    later = client.post(
        reverse("interventions:test", args=[test.pk]), {"to": "SAMPLED", "sampled_at": "15/10/2026 09:00"}
    )
    wrong = client.post(reverse("interventions:test", args=[test.pk]), {"to": "NEGATIVE"})

    assert page.context["form"].errors == {"sampled_at": ["Write the day and the time, for example 27/3/2026 09:30."]}
    assert later.context["form"].errors == {"sampled_at": ["This is in the future. Record a sample when it was taken."]}
    assert wrong.context["form"].errors.keys() == {"to"}


# Put right


def put_right(test, **given):
    given = {"version": test.version, "to": "SELECTED", "why": "Another person", "nonce": uuid.uuid4(), **given}
    return reverse("interventions:put_test_right", args=[test.pk]), given


def test_put_right_is_offered_done_and_told_on_the_page_of_the_test(client, by):
    by.prison.test_referral_kinds = ["SUSPICION"]
    by.prison.save()
    test = brought(other(), "POSITIVE", by)
    own, (page, given) = reverse("interventions:test", args=[test.pk]), put_right(test, to="SAMPLED")
    assert page in client.get(own).text
    assert client.get(page).context["form"]["to"].field.choices == [
        ("SAMPLED", "Waits for the result"), ("SELECTED", "Not started"), ("MISTAKE", "Added by mistake"),
    ]  # fmt: skip

    for _ in range(2):
        response = client.post(page, given, follow=True)

    assert response.redirect_chain == [(own, 302)]
    assert "Positive; sample taken on 12 October 2026 at 09:00; found: Cannabis" in response.text
    assert "Another person" in response.text
    assert "It stands although the test is not positive any more" in response.text
    assert test.corrections.count() == 1


def test_put_right_refuses_beside_the_question_and_loses_nothing(client, by):
    test = brought(other(), "NEGATIVE", by)

    empty = client.post(*put_right(test, to="", why=""))
    stale = client.post(*put_right(test, version=1))
    long = client.post(*put_right(test, why="x" * 201))

    assert empty.context["form"].errors == {
        "to": ["Choose where the test goes back to."], "why": ["Say what was wrong."],
    }  # fmt: skip
    assert "Somebody recorded something meanwhile. The test now says: Negative" in stale.text
    assert stale.context["form"]["version"].value() == test.version
    assert list(long.context["form"].errors) == ["why"]
    assert test.corrections.count() == 0


def test_put_right_of_what_says_nothing_yet_is_not_offered(client, by):
    test = on(drawn(by=by), "Main 1")

    assert "put it right" not in client.get(reverse("interventions:test", args=[test.pk])).text
    assert "Nothing is recorded yet" in client.get(put_right(test)[0]).text


def test_test_names_the_breach_that_was_recorded_of_it(client, by):
    test = brought(other("COMPACT"), "POSITIVE", by)
    given = {"person": test.person, "prison": test.prison, "recorded_by": by, "recorded_at": factories.at()}
    Breach.objects.create(
        stay=test.stay, on=MONDAY, what="POSITIVE", response="TALKED", nonce=test.breach_nonce, **given
    )
    own = reverse("interventions:test", args=[test.pk])

    assert "Recorded for 12 October 2026." in client.get(own).text
    client.post(*put_right(test))

    assert "It stands although the test says something else now: tell the team." in client.get(own).text


# Other kinds


def test_add_takes_a_pile_of_one_kind(client, by):
    chosen = people(2)
    stays = {living(person) for person in chosen}
    sent = {
        "kind": "COMPACT",
        "selected_on": "12/10/2026",
        "nonce": uuid.uuid4(),
        "number_1": chosen[0].number,
        "number_3": chosen[1].number,
    }

    for _ in range(2):
        assert client.post(ADD, sent).url == MONTH

    assert {test.stay for test in DrugTest.objects.all()} == stays
    assert DrugTest.objects.count() == 2


def test_add_tells_what_is_wrong_beside_each_line(client, by):
    lives, not_there = people(2)
    living(lives)
    sent = {"kind": "COMPACT", "selected_on": "12/10/2026", "nonce": uuid.uuid4()}
    sent |= {"number_1": lives.number, "number_2": not_there.number, "number_3": lives.number}

    assert client.post(ADD, sent).context["form"].errors == {
        "number_2": [f"{not_there.name} does not live on the drug-free unit."],
        "number_3": [f"{lives.name} stands on this page already."],
    }
    assert "selected_on" in client.post(ADD, {**sent, "selected_on": "15/10/2026"}).context["form"].errors
    assert client.post(ADD, {"kind": "RISK", "selected_on": "12/10/2026", "nonce": uuid.uuid4()}).context[
        "form"
    ].non_field_errors() == ["Enter the prison number of at least one person."]
    assert DrugTest.objects.count() == 0


def test_name_tells_whose_a_number_is(client, by):
    person = people(1)[0]

    known = client.post(reverse("interventions:test_name"), {"main_7": person.number.lower()})
    unknown = client.post(reverse("interventions:test_name"), {"main_7": "Z0404ZZ"})

    assert known.text.strip() == f"{person.list_name}, A-1-001"
    assert unknown.text.strip() == "Nobody whom you may see has this number."


# Settings


def test_rules_are_kept_by_the_administrator(client):
    client.force_login(factories.user(Role.ADMINISTRATOR))
    page = reverse("interventions:test_rules")
    version = client.get(page).context["form"]["version"].value()
    sent = {
        "test_percent": 10,
        "test_weekend_percent": 20,
        "test_referral_kinds": ["RANDOM", "SUSPICION"],
        "version": version,
    }

    client.post(page, sent)
    stale = client.post(page, {**sent, "test_percent": 7})

    prison = Prison.objects.get()
    assert (prison.test_percent, prison.test_weekend_percent, prison.test_referral_kinds) == (
        10,
        20,
        ["RANDOM", "SUSPICION"],
    )
    assert "Somebody else changed this" in stale.text
    client.force_login(recorder())
    assert client.get(page).status_code == 403


# How many questions


@pytest.mark.parametrize("count", [1, 3, 65])
def test_pages_ask_as_much_for_one_as_for_a_real_list(client, by, count, django_assert_num_queries):
    drawn(main=count, by=by)
    with django_assert_num_queries(19):
        client.get(MONTH)
    with django_assert_num_queries(15):
        client.get(RECORD)
    with django_assert_num_queries(11):
        client.get(INDEX)


@pytest.mark.parametrize("count", [1, 3, 65])
def test_draw_looks_all_numbers_up_together(client, by, count, django_assert_num_queries):
    sent = grid([*numbers(count), "Z0404ZZ"])
    with django_assert_num_queries(18):
        client.post(DRAW, sent)


@pytest.mark.parametrize("count", [1, 3])
def test_of_person_asks_as_much_for_one_as_for_three(client, by, count, django_assert_num_queries):
    person = other().person
    for _ in range(count - 1):
        other(of=person)
    with django_assert_num_queries(22):
        page = client.get(reverse("interventions:person_tests", args=[person.pk]))
    assert len(page.context["page"].rows) == count


def test_of_person_is_paged(client, by):
    person = other().person
    for _ in range(26):
        other(of=person)

    first = client.get(reverse("interventions:person_tests", args=[person.pk]))
    second = client.get(first.request["PATH_INFO"] + first.context["next_url"])

    assert [len(page.context["page"].rows) for page in [first, second]] == [25, 2]
