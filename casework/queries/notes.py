"""The notes about one person: what somebody may read of them, page after page, and searched."""

from dataclasses import dataclass, field

from django.db.models import Prefetch, Q

from casework.formats import words
from casework.models import Note, User

PAGE = 20


@dataclass
class Page:
    """Notes, newest first, each with its ``amendments``; the key of the last if there are more; what was asked, in folded words."""

    rows: list
    next_key: int | None = None
    words: list = field(default_factory=list)


def of_person(person, user, *, text="", level="", author=None, kind="", after=None):
    """Notes about ``person`` that ``user`` may read, three queries at most.

    All words of ``text`` must occur in a note or in one of its amendments; ``level``, ``author`` and ``kind`` are asked of that same one.
    ``after``: the note that the page before ended with.
    """
    asked = words.asked(text)
    readable = Note.objects.visible_to(user).filter(person=person)
    chosen = {"level": level, "written_by": author, "kind": kind}
    matching = readable.filter(**{name: value for name, value in chosen.items() if value})
    for word in asked:
        matching = matching.filter(words__contains=f" {word}")
    rows = readable.filter(amends=None)
    if asked or any(chosen.values()):
        rows = rows.filter(Q(pk__in=matching.values("pk")) | Q(pk__in=matching.values("amends")))
    if after:
        rows = rows.filter(Q(written_at__lt=after.written_at) | Q(written_at=after.written_at, pk__lt=after.pk))
    found = list(_with_amendments(rows, user).order_by("-written_at", "-pk")[: PAGE + 1])
    for note in found:
        _mark(note, asked)
    return Page(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None, asked)


def one(user, note_id):
    """The note with this key if ``user`` may read it; of an amendment, the note that it amends. Else None."""
    readable = Note.objects.visible_to(user)
    found = readable.filter(Q(pk=note_id, amends=None) | Q(pk__in=readable.filter(pk=note_id).values("amends")))
    note = _with_amendments(found, user).first()
    return note and _mark(note, [])


def authors(person, user):
    """Whoever wrote a note about ``person`` that ``user`` may read."""
    readable = Note.objects.visible_to(user).filter(person=person)
    return User.objects.filter(pk__in=readable.values("written_by")).order_by("full_name", "pk")


def _with_amendments(rows, user):
    amendments = Note.objects.visible_to(user).select_related("written_by").order_by("written_at", "pk")
    return rows.select_related("written_by").prefetch_related(Prefetch("amendments", amendments, to_attr="amended"))


def _mark(note, asked):
    for each in [note, *note.amended]:
        each.pieces = words.marked(each.text, asked)
    return note
