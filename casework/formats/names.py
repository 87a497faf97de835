"""Names: how to show one that arrives in capitals, and how to find one however it is typed.

Only a name that arrives all in capitals or all in small letters is changed. Anything in mixed case was
written by somebody who knew, and is kept.

``Mc`` is always followed by a capital (McDonald). ``Mac`` never is: MACHIN, MACKIE, MACE and MACARI are as
common in a roll as MACDONALD, nothing in capitals tells them apart, and Macdonald is a correct spelling while
MacHin is not.
"""

import re
import unicodedata

import jellyfish

APOSTROPHES = "'’‘ʼ`´"
SUFFIXES = {"ii": "II", "iii": "III", "iv": "IV"}
# Small only in front of another word of the surname: "de Souza", but "Van" as the whole of a name.
PARTICLES = frozenset("da das de del den der do dos du la las los 't te ten ter van von y".split())
NEEDS_COMPANY = frozenset(
    {"la", "las", "los", "y"}
)  # small only after another particle or name: "de la Cruz", "La Rue"
FORENAME_PARTICLES = frozenset({"da", "das", "de", "del", "do", "dos"})
# Longer beginnings after whose apostrophe a capital follows. Elsewhere it does not: Isma'il, Sa'id.
LONG_PREFIXES = frozenset({"da", "dall", "de", "dell", "la"})

_GAP = re.compile(r"([\s\-‐‑–.,/()]+)")
_PARTS = re.compile(rf"[\s\-‐‑–.,/(){APOSTROPHES}]+")
# What has no decomposition into a plain letter and a mark.
_PLAIN = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ħ": "h",
        "ı": "i",
        "ŧ": "t",
        "ŋ": "ng",
    }
)


def surname(text):
    """A surname for showing: O'BRIEN → O'Brien, MCDONALD → McDonald, DE SOUZA → de Souza, AL-HASSAN →
    Al-Hassan.
    """
    return _display(text, PARTICLES, first_may_be_small=True)


def forenames(text):
    """Forenames for showing: ANNE-MARIE → Anne-Marie, N'GOLO → N'Golo, ANA DE LOURDES → Ana de Lourdes."""
    return _display(text, FORENAME_PARTICLES, first_may_be_small=False)


def fold(text):
    """The search form: small letters and digits only, without accents, apostrophes, hyphens and spaces.

    O'Brien, O’BRIEN and o brien all fold to ``obrien``; Seán to ``sean``; Łukasz to ``lukasz``.
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_PLAIN)
    return "".join(character for character in plain if character.isalnum())


def sound(text):
    """How a name is heard, as a key: Smith and Smyth, Steven and Stephen have the same. Empty for a name without letters."""
    return jellyfish.metaphone(fold(text)).replace(" ", "")[:40]


def keys(surname, forenames):
    """What the record of a person keeps to be found by, field → value."""
    return {
        "surname_key": fold(surname)[:80],
        "forenames_key": fold(forenames)[:100],
        "surname_sound": sound(surname),
    }


def parts(*names):
    """Each single part of these names, folded: ``Sam``, ``Smith-Jones`` → sam, smith, jones."""
    return [part for part in (fold(part) for name in names for part in _PARTS.split(name)) if part]


def search_keys(*names):
    """Everything one may begin to type to find these names, folded, sorted, each once.

    From every part of a name to its end: ``Smith-Jones`` is found by the start of ``smithjones`` or
    ``jones``, ``de Souza`` by ``desouza`` or ``souza``, ``O'Brien`` by ``obrien`` or ``brien``.
    """
    keys = set()
    for name in names:
        folded = parts(name)
        keys.update("".join(folded[start:]) for start in range(len(folded)))
    return sorted(keys - {""})


def search_words(text):
    """What somebody typed, as folded words. A person is found when each word begins one of his
    ``search_keys``.
    """
    return [word for word in (fold(part) for part in re.split(r"[\s\-‐‑–.,/()]+", text)) if word]


def _display(text, particles, *, first_may_be_small):
    """``text`` with tidy spaces, and in name case if all its letters are of one case."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    letters = text.replace("ß", "")  # has no capital of its own
    if any(map(str.isupper, letters)) and any(map(str.islower, letters)):
        return text
    pieces = _GAP.split(text.lower())  # word, gap, word, gap, …, word
    last = max((i for i in range(0, len(pieces), 2) if pieces[i]), default=0)
    for i in range(0, len(pieces), 2):
        word, gap = pieces[i], pieces[i + 1] if i < last else ""
        alone = i == 0 and (not first_may_be_small or word in NEEDS_COMPANY)
        if word in particles and gap == " " and not alone:
            continue
        pieces[i] = SUFFIXES[word] if 0 < i == last and word in SUFFIXES else _word(word)
    return unicodedata.normalize("NFC", "".join(pieces))


def _word(word):
    """One word in small letters, in name case."""
    for at, letter in enumerate(word):
        if letter in APOSTROPHES and at + 1 < len(word):
            head, tail = word[:at], word[at + 1 :]
            if at <= 1 or head in LONG_PREFIXES:
                return head.capitalize() + letter + _word(tail)
            return word.capitalize()
    if word.startswith("mc") and len(word) > 3:
        return "Mc" + word[2:].capitalize()
    return word.capitalize()
