"""Searching a text by words: accents, capitals and apostrophes make no difference, and a word is found by its beginning."""

import re

from casework.formats import names

MOST_WORDS = 10

_WORD = re.compile(r"[\w\u0300-\u036f" + re.escape(names.APOSTROPHES) + "]+")


def key(text):
    """The form of a text that searches compare: every word folded, each after a space, so that " meth" is where a word begins."""
    return "".join(f" {word}" for word in map(names.fold, _WORD.findall(text)) if word)


def asked(text):
    """What somebody typed into a search, as folded words, each once, the first ten."""
    return list(dict.fromkeys(key(text).split()))[:MOST_WORDS]


def marked(text, words):
    """``text`` cut into pieces, each with whether it is a word that begins with one of ``words``. The pieces joined are the text."""
    pieces, end = [], 0
    for found in _WORD.finditer(text) if words else []:
        if names.fold(found[0]).startswith(tuple(words)):
            pieces += [(text[end : found.start()], False), (found[0], True)]
            end = found.end()
    return [piece for piece in [*pieces, (text[end:], False)] if piece[0]]
