"""Notes about a person: read, searched, written, amended."""

import secrets

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse

from casework.access import Permission, requires
from casework.forms import notes as forms
from casework.models import Note
from casework.operations import note as operations
from casework.queries import notes as queries
from casework.queries import people

WHAT = "person.notes"
KEPT = 5


@requires(Permission.VIEW_PERSON)
def show(request, person_id):
    header = people.open_record(request, person_id, what=WHAT)
    search = forms.SearchNotes(request.POST or None)
    if search.is_valid():
        return _search(request, search.cleaned_data["text"])
    key = request.GET.get("search", "")
    text = request.session.get("note_searches", {}).get(key, "")
    authors = queries.authors(header.person, request.user)
    form = forms.NoteFilter(request.GET, levels=Note.levels_of(request.user), authors=authors)
    page = queries.of_person(header.person, request.user, text=text, after=_after(request), **form.chosen)
    context = {
        "header": header,
        "filter": form,
        "search": search if search.is_bound else forms.SearchNotes(initial={"text": text}),
        "text": text,
        "forgotten": key and not text,
        "filtered": bool(text or form.chosen),
        "page": page,
        "first": _address(request, after=None) if "after" in request.GET else "",
        "next": _address(request, after=page.next_key) if page.next_key else "",
    }
    return render(request, "casework/notes.html", context)


@requires(Permission.VIEW_PERSON)
def note(request, note_id):
    row = _readable(request, note_id)
    header = people.open_record(request, row.person_id, what=WHAT)
    return render(request, "casework/note.html", {"header": header, "note": row})


@requires(Permission.WRITE_NOTE)
def write(request, person_id):
    header = people.open_record(request, person_id, what=WHAT)
    back = reverse("casework:notes", args=[person_id])
    given = {"levels": Note.levels_of(request.user), "number": header.person.number}
    form = forms.WriteNote(request.POST or None, cancel_url=back, **given)
    if form.is_valid():
        try:
            operations.write(person=header.person, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The note was saved")
            return redirect(back)
    return render(request, "casework/write_note.html", {"header": header, "form": form})


@requires(Permission.WRITE_NOTE)
def amend(request, note_id):
    row = _readable(request, note_id)
    header = people.open_record(request, row.person_id, what=WHAT)
    back = reverse("casework:note", args=[row.pk])
    form = forms.AmendNote(request.POST or None, number=header.person.number, cancel_url=back)
    if form.is_valid():
        try:
            operations.amend(note=row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "It was added to the note")
            return redirect(back)
    return render(request, "casework/amend_note.html", {"header": header, "form": form, "note": row})


def _readable(request, note_id):
    """The note that this key leads to; one that the user may not read is as good as none."""
    row = queries.one(request.user, note_id)
    if row is None:
        raise Http404("there is no such note")
    return row


def _after(request):
    """The note with which the page before ended; an address that names none begins at the beginning."""
    key = request.GET.get("after", "")
    known = key.isdecimal() and len(key) < 19
    return Note.objects.visible_to(request.user).filter(pk=key).first() if known else None


def _address(request, **changed):
    """This page with some of what the address asks changed; None takes it out."""
    asked = request.GET.copy()
    for name, value in changed.items():
        asked.pop(name, None)
        if value is not None:
            asked[name] = value
    return f"?{asked.urlencode()}"


def _search(request, text):
    """Words of notes stay out of addresses as names do: the session keeps them, and the address has a key (ADR 4)."""
    key = secrets.token_urlsafe(6)
    searches = {**request.session.get("note_searches", {}), key: text}
    request.session["note_searches"] = dict(list(searches.items())[-KEPT:])
    return redirect(f"{request.path}{_address(request, search=key, after=None)}")
