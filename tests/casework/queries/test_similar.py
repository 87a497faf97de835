from datetime import date

import pytest

from casework.models import FormerNumber
from casework.queries import similar
from tests import factories

pytestmark = pytest.mark.django_db
BORN = date(1985, 4, 3)


@pytest.fixture
def user():
    return factories.user()


def near(user, text, **given):
    return [(row.person.number, row.why) for row in similar.people(user, similar.read(text), **given)]


def here(surname, forenames, number, **given):
    return factories.spell(factories.person(surname, forenames, number=number, **given)).person


def test_read_takes_name_number_and_date_of_birth_in_any_order():
    assert similar.read("smyth 4/3/85 sean a1234bc") == similar.Sought(("smyth", "sean"), "A1234BC", date(1985, 3, 4))
    assert similar.read("smyth 31/2/1985") == similar.Sought(("smyth",), "", None)


def test_people_finds_a_name_that_sounds_the_same_among_everybody_ever_held(user):
    factories.person("Phillips", "Steven", number="A0001AA")
    factories.person("Other", "Steven", number="A0002AA")

    assert near(user, "filips") == [("A0001AA", "Sounds the same")]


def test_people_finds_a_name_spelled_nearly_the_same_among_those_here(user):
    here("Testerton", "Sam", "A0001AA")
    factories.person("Testerton", "Old", number="A0002AA", surname_key="testerton")

    assert near(user, "tesbterton") == [("A0001AA", "Spelled nearly the same")]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("4/3/1985", "Day and month of birth swapped"),
        ("2/4/1985", "Born a day before or after"),
        ("4/4/1985", "Born a day before or after"),
        ("3/4/1985", "Same date of birth"),
    ],
)
def test_people_finds_a_date_of_birth_nearly_right(user, typed, why):
    factories.person("Testerton", number="A0001AA", date_of_birth=BORN)
    factories.person("Wholly", "Other", number="A0002AA", date_of_birth=date(1970, 1, 1))

    assert near(user, typed) == [("A0001AA", why)]
    assert near(user, f"quite different {typed}") == []


def test_people_finds_a_former_number_and_a_slip_of_the_keyboard(user):
    one = here("Testerton", "Sam", "A1234BC")
    FormerNumber.objects.create(number="A9999ZZ", person=one, prison_ids=one.prison_ids, since=factories.at())

    assert near(user, "A9999ZZ") == [("A1234BC", "Former number")]
    assert near(user, "A1324BC") == [("A1234BC", "Number differs in one place")]


def test_people_puts_the_likeliest_first_and_leaves_out_who_is_shown_already(user):
    likely = here("Smith", "John", "A0001AA", date_of_birth=BORN)
    here("Smith", "Jack", "A0002AA", date_of_birth=date(1960, 1, 1))

    found = near(user, "smyth john 4/3/1985")
    assert found[0] == ("A0001AA", "Sounds the same, day and month of birth swapped")
    assert near(user, "smyth john", apart_from=[likely.pk]) == []


def test_people_shows_nobody_of_another_prison(user):
    other = factories.prison("ACI", "Altcourse (HMP)")
    factories.person("Smith", number="A0001AA", prison_ids=[other.pk])

    assert near(user, "smyth") == []


@pytest.mark.parametrize("many", [1, 3])
def test_people_asks_the_same_queries_however_many_fit(user, many, django_assert_num_queries):
    for number in range(many):
        here("Smith", "John", f"A000{number}AA")

    with django_assert_num_queries(9):
        assert len(near(user, "smyth")) == many


def test_people_with_nothing_to_go_by_finds_nobody(user):
    factories.person(number="A0001AA")

    assert near(user, "31/2/1985") == []


def test_pairs_are_names_that_sound_alike_born_nearly_on_one_day_with_one_of_them_here(user):
    one = here("Smith", "John", "A0001AA", date_of_birth=BORN)
    other = factories.person("Smyth", "Jon", number="A0002AA", date_of_birth=date(1985, 3, 4))
    factories.person("Smyth", "Wayne", number="A0003AA", date_of_birth=BORN)
    factories.person("Smyth", "John", number="A0004AA", date_of_birth=date(1960, 3, 4))

    assert similar.pairs(user) == [(one.pk, other.pk, ["Sounds the same", "Day and month of birth swapped"])]
