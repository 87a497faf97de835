"""What may not stand in the free text of a handover (domain.md 5.4), found word by word.

Names are compared without accents, capitals, hyphens and apostrophes, however they are parted. A forename and a surname count in
either order, an initial before a surname, and a surname alone only after a title; no surname counts by itself, for too many are words.
"""

import csv
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from casework.formats import names, numbers, reference
from partners.models import WordsLeft

Kind = WordsLeft.Kind
DATA = Path(__file__).parent / "data" / "blocked.csv"
TITLES = frozenset({"mr", "mister", "mrs", "ms", "miss", "mx", "prisoner", "inmate", "offender"})
MOST_PARTS = 5  # of one surname
AROUND = 30  # characters shown on either side of what was found

_WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f\u00ad\u200b-\u200d\u2060])+")
_TIGHT = re.compile(rf"[\s\-‐‑–{names.APOSTROPHES}]*")  # between the parts of a name
_LOOSE = re.compile(rf"[\s\-‐‑–,{names.APOSTROPHES}]*")  # between a surname and what follows it
_SENTENCE = re.compile(r"[^.!?;\n]+")
_PARTED = re.compile(r"[\s\-‐‑–]+")
# What may stand beside ACCT in a sentence: that there is one, or was, and since when.
FLAG = frozenset(
    "acct accts there a an the on no not none open opened closed post closure postclosure in is was has had been he she they currently now"
    " under state status flag yes since until from of at present one to january february march april may june july august september"
    " october november december".split()
)


@dataclass(frozen=True)
class Word:
    """A word of a text: where it stands, and how it is compared."""

    start: int
    end: int
    key: str
    written: str


@dataclass(frozen=True)
class Found:
    """Words that may not pass: of which ``kind``, as ``written``, as compared, and what stands ``before`` and ``after`` them."""

    kind: str
    start: int
    end: int
    written: str
    key: str
    before: str
    after: str


class Names:
    """The names of people, to be looked for in texts. ``people``: (surname, forenames) of each; ``own``: whose text it is."""

    def __init__(self, people, own):
        self.surnames = defaultdict(set)
        self.own, self.own_forenames = _surnames(own[0]), frozenset(names.parts(own[1]))
        for surname, forenames in people:
            for key in _surnames(surname):
                self.surnames[key].add(forenames)

    def find(self, text, words):
        """(first, last) word of each name in ``text``."""
        at = 0
        while at < len(words):
            found = self._at(text, words, at)
            if found:
                yield found
            at = found[1] + 1 if found else at + 1

    def _at(self, text, words, at):
        """The longest name whose surname begins with the word at ``at``, with its forename or title; None where there is none."""
        best, key = None, ""
        for last in range(at, min(at + MOST_PARTS, len(words))):
            if last > at and not _joined(text, words, last - 1, _TIGHT):
                break
            key += words[last].key
            if key in self.surnames:
                best = self._whole(text, words, at, last, key) or best
        return best

    def _whole(self, text, words, first, last, key):
        known = {part for forenames in self.surnames[key] for part in names.parts(forenames)}
        own = self.own_forenames if key in self.own else frozenset()
        if _joined(text, words, last, _LOOSE) and words[last + 1].key in known - own:
            return first, last + 1
        if first == 0:
            return None
        before = words[first - 1]
        if _joined(text, words, first - 1, _TIGHT):
            if before.key in known - own:
                return first - 1, last
            middle = first > 1 and before.written[:1].isupper() and before.key not in own
            if middle and _joined(text, words, first - 2, _TIGHT) and words[first - 2].key in known - own:
                return first - 2, last
        if key in self.own or not re.fullmatch(r"\.?\s+", text[before.end : words[first].start]):
            return None
        if before.key in TITLES or _is_initial(before, words[first], text, known):
            return first - 1, last
        return None


def find(text, people):
    """Everything in ``text`` that may not pass, in its order. ``people``: a ``Names``."""
    words = split(text)
    spans = [
        *((Kind.NUMBER, *span) for span in _numbers(text)),
        *((Kind.NAME, words[first].start, words[last].end) for first, last in people.find(text, words)),
        *_phrases(words),
        *_acct(text),
    ]
    return [_found(text, *span) for span in sorted(set(spans), key=lambda span: (span[1], -span[2], span[0]))]


def split(text):
    """The words of ``text``. What has no letter and no digit that can be compared is no word."""
    words = (Word(match.start(), match.end(), names.fold(match[0]), match[0]) for match in _WORD.finditer(text))
    return [word for word in words if word.key]


def key(text):
    """Words as two of them are compared."""
    return " ".join(word.key for word in split(text))[:200]


def _found(text, kind, start, end):
    written = text[start:end]
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    before = f"…{before}" if start > AROUND else before
    after = f"{after}…" if end + AROUND < len(text) else after
    return Found(kind, start, end, written, key(written), before, after)


def _surnames(surname):
    """The ways in which a surname stands in a text: whole, without what is small before it, and each half of a double one."""
    folded = names.fold(surname)
    parts = [part for part in _PARTED.split(surname) if part]
    heads = [part for part in parts if part.casefold() not in names.PARTICLES]
    single = {names.fold(part) for part in heads if len(parts) > 1}
    tail = names.fold("".join(parts[len(parts) - len(heads) :])) if heads and parts[-len(heads) :] == heads else ""
    return {form for form in {folded, tail, *(part for part in single if len(part) > 2)} if form}


def _joined(text, words, at, gap):
    """Whether the word at ``at`` and the next belong together."""
    return at + 1 < len(words) and gap.fullmatch(text[words[at].end : words[at + 1].start]) is not None


def _is_initial(word, surname, text, known):
    """A single capital before a surname, of somebody whose forename begins with it. I and A need a stop after them."""
    if len(word.key) != 1 or not word.written.isupper() or not surname.written[:1].isupper():
        return False
    alone = word.key in "ia" and text[word.end : word.end + 1] != "."
    return not alone and any(forename.startswith(word.key) for forename in known)


def _numbers(text):
    """Where prison numbers stand. One with invisible characters in it is found by its words."""
    for match in _WORD.finditer(text):
        if numbers.prison_numbers_in(match[0]):
            yield match.span()


def _phrases(words):
    codes = _codes()
    for at, word in enumerate(words):
        if word.written in codes:
            yield Kind.SECURITY, word.start, word.end
        best = None
        for kind, phrase in _by_first_word().get(word.key, ()):
            end = at + len(phrase)
            if [each.key for each in words[at:end]] == phrase and (best is None or words[end - 1].end > best[2]):
                best = kind, word.start, words[end - 1].end
        if best:
            yield best


def _acct(text):
    """Sentences that speak of an ACCT and say more than that there is one."""
    for sentence in _SENTENCE.finditer(text):
        words = split(sentence[0])
        spoken = [word for word in words if word.key in {"acct", "accts"}]
        if spoken and any(word.key not in FLAG and not word.key.isdecimal() for word in words):
            yield Kind.ACCT, sentence.start() + words[0].start, sentence.start() + words[-1].end


@cache
def _codes():
    """Codes of alerts that are for the eyes of staff alone."""
    return frozenset(code for code in reference.alerts() if reference.alert_type(code) in reference.NEVER_SHARED_TYPES)


@cache
def _by_first_word():
    """First word → (kind, words) of each phrase that begins with it."""
    found = defaultdict(list)
    with DATA.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            phrase = [names.fold(word) for word in row["words"].split()]
            found[phrase[0]].append((Kind(row["kind"]), phrase))
    return found
