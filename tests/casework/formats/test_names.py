import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.formats import names

LATIN = st.text(st.characters(max_codepoint=0x17F, categories=["Lu", "Ll"]) | st.sampled_from(" -'’"), max_size=20)
ANY = st.text(max_size=20)


@pytest.mark.parametrize(
    ("given_as", "shown"),
    [
        ("SMITH", "Smith"),
        ("smith", "Smith"),
        ("O'BRIEN", "O'Brien"),
        ("O’BRIEN", "O’Brien"),
        ("o'brien", "O'Brien"),
        ("D'ARCY", "D'Arcy"),
        ("DELL'ORSO", "Dell'Orso"),
        ("SA'ID", "Sa'id"),
        ("MCDONALD", "McDonald"),
        ("MCGEE-O'NEILL", "McGee-O'Neill"),
        ("MACDONALD", "Macdonald"),
        ("MACHIN", "Machin"),
        ("MACKIE", "Mackie"),
        ("MACE", "Mace"),
        ("DE SOUZA", "de Souza"),
        ("DE LA CRUZ", "de la Cruz"),
        ("LA RUE", "La Rue"),
        ("VAN DER BERG", "van der Berg"),
        ("VAN 'T HOF", "van 't Hof"),
        ("VAN", "Van"),
        ("DI CANIO", "Di Canio"),
        ("AL-HASSAN", "Al-Hassan"),
        ("SMITH-JONES", "Smith-Jones"),
        ("SMITH-DE SOUZA", "Smith-de Souza"),
        ("ST JOHN", "St John"),
        ("ST. JOHN", "St. John"),
        ("SEÁN", "Seán"),
        ("ŁUKASZEWSKI", "Łukaszewski"),
        ("GROß", "Groß"),
        ("SMITH JR", "Smith Jr"),
        ("SMITH III", "Smith III"),
        ("II", "Ii"),
        ("  TWO   SPACES ", "Two Spaces"),
        ("", ""),
        ("McDonald", "McDonald"),
        ("MacDonald", "MacDonald"),
        ("van der Berg", "van der Berg"),
        ("De Souza", "De Souza"),
        ("LeBlanc", "LeBlanc"),
    ],
)
def test_surname_is_shown_as_its_owner_writes_it(given_as, shown):
    assert names.surname(given_as) == shown


@pytest.mark.parametrize(
    ("given_as", "shown"),
    [
        ("JOHN LEE", "John Lee"),
        ("ANNE-MARIE", "Anne-Marie"),
        ("N'GOLO", "N'Golo"),
        ("DE'SHAWN", "De'Shawn"),
        ("SEÁN ÓG", "Seán Óg"),
        ("J.R.", "J.R."),
        ("MARIA DE LOURDES", "Maria de Lourdes"),
        ("VAN THANH", "Van Thanh"),
        ("DE WAYNE", "De Wayne"),
        ("J", "J"),
    ],
)
def test_forenames_are_shown_as_their_owner_writes_them(given_as, shown):
    assert names.forenames(given_as) == shown


@given(ANY)
def test_surname_changes_nothing_the_second_time(text):
    assert names.surname(names.surname(text)) == names.surname(text)


@given(ANY)
def test_forenames_change_nothing_the_second_time(text):
    assert names.forenames(names.forenames(text)) == names.forenames(text)


@given(LATIN)
def test_surname_changes_only_case_and_spaces(text):
    assert names.fold(names.surname(text)) == names.fold(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("O'Brien", "obrien"),
        ("O’BRIEN", "obrien"),
        ("o brien", "obrien"),
        ("Seán", "sean"),
        ("Łukasz", "lukasz"),
        ("Søren Ægir", "sorenaegir"),
        ("Groß", "gross"),
        ("Smith-Jones", "smithjones"),
        ("Şahin", "sahin"),
        ("IŞIK", "isik"),
        ("ışık", "isik"),
    ],
)
def test_fold_forgets_case_accents_and_marks(text, folded):
    assert names.fold(text) == folded


@given(LATIN)
def test_fold_is_the_same_for_either_case_and_for_itself(text):
    forms = {
        names.fold(text),
        names.fold(text.upper()),
        names.fold(text.lower()),
        names.fold(names.fold(text)),
    }

    assert len(forms) == 1


@given(ANY)
def test_fold_of_anything_is_stable(text):
    assert names.fold(names.fold(text)) == names.fold(text)


def test_search_keys_begin_at_every_part():
    keys = names.search_keys("O'Brien", "Seán Smith-Jones")

    assert keys == ["brien", "jones", "obrien", "seansmithjones", "smithjones"]


@pytest.mark.parametrize(
    "typed",
    [
        "obrien",
        "O'Brien",
        "o’brien",
        "O BRIEN",
        "brien",
        "sean",
        "Seán O'B",
        "smith-jones",
        "jones sean",
        "smithj",
    ],
)
def test_search_words_find_a_person_by_what_people_type(typed):
    keys = names.search_keys("O'Brien", "Seán", "Smith-Jones")

    assert all(any(key.startswith(word) for key in keys) for word in names.search_words(typed))
