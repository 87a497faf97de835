import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.formats import words


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Seán’s half-way house", " seans half way house"),
        ("O'Brien, METHADONE!", " obrien methadone"),
        ("n\u0303ino: 40ml", " nino 40ml"),
        ("… – ?", ""),
        ("", ""),
    ],
)
def test_key_folds_every_word(text, key):
    assert words.key(text) == key


def test_asked_takes_each_word_once_and_ten_at_most():
    assert words.asked("Meth  méth done") == ["meth", "done"]
    assert len(words.asked(" ".join(f"w{number}" for number in range(50)))) == 10


def test_marked_tells_the_words_that_begin_so():
    assert words.marked("Seán took METHADONE, not meth.", ["sean", "meth"]) == [
        ("Seán", True),
        (" took ", False),
        ("METHADONE", True),
        (", not ", False),
        ("meth", True),
        (".", False),
    ]
    assert words.marked("plain", []) == [("plain", False)]


@given(st.text(), st.text(max_size=20))
def test_marked_loses_nothing(text, asked):
    assert "".join(piece for piece, _ in words.marked(text, words.asked(asked))) == text
