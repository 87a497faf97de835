from datetime import date

import pytest
from django.urls import reverse

from casework.access import Role
from casework.formats import names
from casework.models import AuditEntry, FormerNumber, Person
from tests import factories

pytestmark = pytest.mark.django_db
FIND = reverse("casework:find")


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


@pytest.fixture
def keyworker(client):
    user = factories.user()
    client.force_login(user)
    return user


def person(surname, forenames="Sam", **given):
    keys = {"surname_key": names.fold(surname), "forenames_key": names.fold(forenames)}
    return factories.person(surname=surname, forenames=forenames, **keys, **given)


def find(client, text):
    return client.post(FIND, {"text": text}, follow=True)


def found(response):
    return [row.person for row in response.context["page"].rows]


def last_entry(action):
    return AuditEntry.objects.filter(action=action).latest("pk")


def test_find_shows_the_box(client, keyworker):
    response = client.get(FIND)

    assert response.status_code == 200
    assert "page" not in response.context


@pytest.mark.parametrize(
    ("surname", "forenames", "typed"),
    [
        ("O’Brien", "Seán", "O'Brien"),
        ("O’Brien", "Seán", "o’brien"),
        ("O’Brien", "Seán", "OBRIEN"),
        ("O’Brien", "Seán", "o brien"),
        ("O’Brien", "Seán", "sean o'br"),
        ("O’Brien", "Seán", "o'brien, sean"),
        ("O'Brien", "Sean", "Seán O’Brien"),
        ("Łukaszewski", "Żółw", "lukaszewski"),
        ("Lukaszewski", "Zolw", "Łuka"),
        ("de Souza", "Ana Maria", "de souza ana m"),
        ("de Souza", "Ana Maria", "ana maria"),
        ("Testwell", "Alfie", "alf"),
        ("Testwell", "Alfie", "testwell alf"),
        ("Testwell", "Alfie", "alfie testw"),
    ],
)
def test_find_finds_by_the_beginnings_of_names(client, keyworker, surname, forenames, typed):
    wanted = person(surname, forenames)
    person("Brien", "Test")
    person("Maria", "Ann")

    assert found(find(client, typed)) == [wanted]


@pytest.mark.parametrize(
    ("surname", "forenames", "typed"),
    [("Smith-Jones", "Sam", "jones"), ("de Souza", "Sam", "souza"), ("Testwell", "Alfie John", "john testwell")],
)
def test_find_finds_people_here_by_later_parts_too(client, keyworker, surname, forenames, typed):
    wanted = person(surname, forenames)
    factories.spell(wanted)
    person(surname, forenames)  # was here once

    assert found(find(client, typed)) == [wanted]


def test_find_keeps_names_out_of_addresses_and_the_trail(client, keyworker):
    wanted = person("Testwell")

    response = find(client, "testwell")

    assert [url for url, _ in response.redirect_chain] == [f"{FIND}?search={list(client.session['searches'])[0]}"]
    entry = last_entry("people.listed")
    assert (entry.by_id, entry.detail) == (keyworker.pk, {"people": [wanted.pk]})


def test_find_keeps_the_last_five_searches(client, keyworker):
    for text in "abcdefg":
        find(client, text)

    assert list(client.session["searches"].values()) == list("cdefg")
    assert "That search is no longer kept" in client.get(FIND, {"search": "gone"}).content.decode()


@pytest.mark.parametrize("typed", ["A1234AA", "a1234aa", " a 1234 aa "])
def test_find_leads_straight_to_the_person_with_a_number(client, keyworker, typed):
    wanted = person("Testwell", number="A1234AA")

    assert client.post(FIND, {"text": typed}).url == reverse("reporting:person", args=[wanted.pk])


def test_find_knows_former_numbers(client, keyworker):
    wanted = person("Testwell")
    FormerNumber.objects.create(number="A9999AB", person=wanted, prison_ids=wanted.prison_ids, since=factories.at())
    person("Testwell", number="A8888AB", merged_into=wanted)

    assert client.post(FIND, {"text": "a9999ab"}).url == reverse("reporting:person", args=[wanted.pk])
    assert found(find(client, "testwell")) == [wanted]


@pytest.mark.parametrize("typed", ["", "’-"])
def test_find_asks_for_something_to_look_for(client, keyworker, typed):
    response = client.post(FIND, {"text": typed})

    assert "searches" not in client.session
    assert "Type " in response.context["form"].errors["text"][0]


def test_find_says_where_people_are_and_who_holds_their_case(client, keyworker):
    here, left, gone = person("Test", "A"), person("Test", "B"), person("Test", "C")
    factories.case(here, worker=keyworker)
    factories.spell(left, ended_at=factories.at(), end="RELEASED")
    factories.spell(gone, off_roll_on=factories.DAY)
    person("Test", "D")

    rows = find(client, "test").content.decode().split("<tbody>")[1].split("</tr>")

    assert ["A-1-001" in rows[0], f"Open: {keyworker.full_name}" in rows[0]] == [True, True]
    assert ["Released, 14 Oct 2026" in rows[1], "No open case" in rows[1]] == [True, True]
    assert "Not on roll" in rows[2]
    assert "Never here" in rows[3]


def test_find_turns_pages_by_key(client, keyworker):
    people = [person("Test", f"P{number:03}") for number in range(101)]

    first = find(client, "test")
    second = client.get(FIND + first.context["next"])
    third = client.get(FIND + second.context["next"])

    assert found(first) + found(second) + found(third) == people
    assert [len(found(page)) for page in (first, second, third)] == [50, 50, 1]
    assert "more than 50 people" in first.content.decode()
    assert (first.context["first"], third.context["next"]) == ("", "")
    assert found(client.get(FIND + third.context["first"])) == people[:50]


def test_find_says_when_there_is_nobody(client, keyworker):
    assert "Nobody found" in find(client, "nobody").content.decode()


def test_find_hides_people_of_another_prison(client, keyworker):
    altcourse = factories.prison("ACI", "Altcourse")
    stranger = person("Testwell", prison_ids=[altcourse.pk], number="A7777AA")
    factories.spell(stranger, prison=altcourse)

    assert found(find(client, "testwell")) == []
    assert found(find(client, "A7777AA")) == []


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.PARTNER])
def test_find_is_for_caseworkers(client, role):
    client.force_login(factories.user(role))

    assert client.get(FIND).status_code == 403
    assert client.post(FIND, {"text": "x"}).status_code == 403


@pytest.mark.parametrize("many", [1, 3])
def test_find_asks_the_same_number_of_queries(client, keyworker, django_assert_num_queries, many):
    for _ in range(many):
        factories.case(person("Test"), worker=keyworker)
    page = find(client, "test").request["QUERY_STRING"]

    with django_assert_num_queries(23):
        client.get(f"{FIND}?{page}")


# Details


def details(of):
    return reverse("casework:details", args=[of.pk])


def edit(client, of, **changed):
    answers = {
        "surname": of.surname,
        "forenames": of.forenames,
        "date_of_birth": "3/4/1985",
        "sex": "M",
        "ethnicity": "",
        "pnc": "",
        "cro": "",
        "version": of.version,
    }
    return client.post(reverse("casework:edit_person", args=[of.pk]), {**answers, **changed})


def test_details_shows_everything_and_says_so_in_the_trail(client, keyworker):
    wanted = person("Testwell", pnc="2008/0056560X", cro="265416/21G", ethnicity="W1")
    spell = factories.spell(wanted, book_number="B12345")
    spell.legal_statuses.create(prison=spell.prison, status="RECALL", from_at=factories.at())
    dates = {"prison": spell.prison, "recorded_at": factories.at(), "recorded_by": keyworker}
    spell.release_dates.create(kind="CONDITIONAL", on=date(2027, 1, 5), superseded_at=factories.at(), **dates)
    spell.release_dates.create(kind="CONDITIONAL", on=date(2027, 2, 6), **dates)
    factories.case(wanted, spell=spell, worker=keyworker)
    FormerNumber.objects.create(number="A9999AB", person=wanted, prison_ids=wanted.prison_ids, since=factories.at())

    page = client.get(details(wanted)).content.decode()

    for text in ["A9999AB", "White: English", "B12345", "Recall", "5 January 2027", "6 February 2027", "A-1-001"]:
        assert text in page
    assert "Conditional release" in page
    assert page.count("Letter does not fit") == 1
    entry = last_entry("person.details.opened")
    assert (entry.by_id, entry.person_id) == (keyworker.pk, wanted.pk)


def test_edit_corrects_the_details_and_the_keys(client, keyworker):
    wanted = person("Testwel", "Alf")

    response = edit(client, wanted, surname="O’TESTWELL", forenames="Alfie", pnc="08/56560Z", cro="1/21X")

    wanted.refresh_from_db()
    assert response.url == details(wanted)
    assert (wanted.surname, wanted.forenames) == ("O’Testwell", "Alfie")
    assert (wanted.surname_key, wanted.forenames_key) == ("otestwell", "alfie")
    assert (wanted.pnc, wanted.cro, wanted.version) == ("2008/0056560Z", "1/21X", 2)
    entry = last_entry("person.edited")
    assert (entry.by_id, entry.detail) == (keyworker.pk, {"changed": ["surname", "forenames", "pnc", "cro"]})


def test_edit_tells_when_somebody_else_was_quicker(client, keyworker):
    wanted = person("Testwell", "Alfie")
    edit(client, wanted, forenames="Alfred")

    response = edit(client, wanted, surname="Testwill")
    page = response.content.decode()

    assert "Somebody else changed this" in page
    assert response.context["form"].theirs == {"forenames": "Alfred", "surname": "Testwell"}
    assert "<strong>Theirs:</strong> Alfred" in page
    assert response.context["form"]["surname"].value() == "Testwill"
    assert Person.objects.get(pk=wanted.pk).surname == "Testwell"
    assert (
        edit(client, wanted, surname="Testwill", version=response.context["form"]["version"].value()).status_code == 302
    )


def test_edit_twice_is_once(client, keyworker):
    wanted = person("Testwell", "Alfie")

    assert [edit(client, wanted, forenames="Alf").status_code for _ in range(2)] == [302, 302]
    assert AuditEntry.objects.filter(action="person.edited").count() == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("date_of_birth", "1/1/1500", "This date makes the person older than 120. Check the year."),
        ("date_of_birth", "15/10/2026", "A date of birth is in the past."),
        ("date_of_birth", "15/10/2008", "This date makes the person younger than 18. Check the year."),
        ("surname", "’", "The surname must have letters in it"),
        ("forenames", "", "Give the forenames"),
    ],
)
def test_edit_refuses_beside_the_field(client, keyworker, field, value, words):
    wanted = person("Testwell")

    response = edit(client, wanted, **{field: value})

    assert response.context["form"].errors == {field: [words]}
    assert AuditEntry.objects.filter(action="person.edited").count() == 0


def test_edit_keeps_an_ethnicity_that_we_do_not_know(client, keyworker):
    wanted = person("Testwell", ethnicity="Q7")

    edit(client, wanted, ethnicity="Q7", forenames="Alf")

    assert Person.objects.get(pk=wanted.pk).ethnicity == "Q7"


@pytest.mark.parametrize("name", ["details", "edit_person"])
def test_details_are_for_caseworkers_of_the_prison(client, keyworker, name):
    altcourse = factories.prison("ACI", "Altcourse")
    stranger = factories.person(prison_ids=[altcourse.pk])

    assert client.get(reverse(f"casework:{name}", args=[stranger.pk])).status_code == 404
    client.force_login(factories.user(Role.ADMINISTRATOR))
    assert client.get(reverse(f"casework:{name}", args=[person("Testwell").pk])).status_code == 403
