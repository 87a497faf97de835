import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from casework import context
from casework.access import Role
from casework.models import AuditEntry, Note
from casework.operations import note as operations
from casework.queries import notes as queries
from tests import factories

pytestmark = pytest.mark.django_db
Level = Note.Level


@pytest.fixture
def worker():
    return factories.user()


@pytest.fixture
def nurse():
    return factories.user(duties=["CLINICAL"])


@pytest.fixture
def manager():
    return factories.user(Role.MANAGER)


def texts(page):
    return [note.text for note in page.rows]


def test_write_keeps_one_note_with_its_case_however_often_it_is_sent(worker):
    case, nonce = factories.case(), uuid.uuid4()
    given = {"person": case.person, "level": Level.TEAM, "text": "Rang his mother.", "by": worker, "nonce": nonce}

    notes = [operations.write(kind=Note.Kind.FAMILY, **given) for _ in range(2)]

    note = Note.objects.get()
    assert notes == [note, note]
    assert (note.case, note.written_by, note.kind, note.words) == (case, worker, "FAMILY", " rang his mother")
    entry = AuditEntry.objects.get(kind="OPERATION")
    assert (entry.action, entry.detail) == ("note.written", {"level": "TEAM", "kind": "FAMILY"})


@pytest.mark.parametrize(
    ("who", "levels"), [("worker", ["TEAM"]), ("nurse", ["TEAM", "CLINICAL"]), ("manager", list(Level))]
)
def test_write_takes_the_levels_that_one_may_read(request, who, levels):
    writer, person = request.getfixturevalue(who), factories.person()

    for level in Level:
        if level in levels:
            operations.write(person=person, level=level, text="Words", by=writer)
            continue
        with pytest.raises(ValidationError, match="Choose a level") as refusal:
            operations.write(person=person, level=level, text="Words", by=writer)
        assert list(refusal.value.error_dict) == ["level"]

    assert Note.objects.count() == len(levels)


def test_amend_adds_to_the_first_note_at_its_level(nurse, worker):
    first, nonce = factories.note(level=Level.CLINICAL, kind="RISK"), uuid.uuid4()

    once = operations.amend(note=first, text="It was 30 ml.", by=nurse, nonce=nonce)
    assert operations.amend(note=first, text="It was 30 ml.", by=nurse, nonce=nonce) == once
    twice = operations.amend(note=once, text="No, 40.", by=nurse)

    assert [(note.amends, note.level, note.kind) for note in [once, twice]] == [(first, "CLINICAL", "RISK")] * 2
    first.refresh_from_db()
    assert first.text == "He rang his mother."
    with pytest.raises(ValidationError, match="may not read"):
        operations.amend(note=first, text="Sly", by=worker)


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER])
@pytest.mark.parametrize("statement", ["UPDATE casework_note SET text = 'x'", "DELETE FROM casework_note"])
def test_notes_are_changed_and_deleted_by_nobody(role, statement):
    factories.note()

    with (
        pytest.raises(Exception, match="permission denied"),
        transaction.atomic(),
        context.acting(factories.user(role)),
    ):
        connection.cursor().execute(statement)


@pytest.mark.parametrize(("who", "seen"), [("worker", 1), ("nurse", 2), ("manager", 3)])
def test_notes_are_shown_by_their_level_in_the_query_and_in_the_database(request, who, seen):
    person, reader = factories.person(), request.getfixturevalue(who)
    for level in Level:
        factories.note(person, text=f"Words for {level}", level=level)

    assert Note.objects.visible_to(reader).count() == seen
    assert len(queries.of_person(person, reader, text="words").rows) == seen
    assert len(queries.authors(person, reader)) == seen
    with context.acting(reader):
        assert Note.objects.count() == seen


def test_notes_of_another_prison_are_not_shown(worker):
    person = factories.person()
    factories.note(person)

    assert queries.of_person(person, factories.user(Role.MANAGER, prison=factories.prison("ACI"))).rows == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("methadone", ["He had 40 ml of Methadone", "Seán’s methadone is late"]),
        ("METHA 40", ["He had 40 ml of Methadone"]),
        ("sean", ["Seán’s methadone is late"]),
        ("amended", ["He had 40 ml of Methadone"]),
        ("methadone amended", []),
        ("adone", []),
        ("100%", []),
        ("!?", ["He had 40 ml of Methadone", "Seán’s methadone is late"]),
    ],
)
def test_search_finds_notes_in_which_every_word_occurs(worker, asked, found):
    person = factories.person()
    factories.note(person, "Seán’s methadone is late", written_at=factories.at(hour=9))
    first = factories.note(person, "He had 40 ml of Methadone")
    factories.note(person, "Amended: 30 ml", amends=first)
    factories.note(text="Somebody else’s methadone")

    assert texts(queries.of_person(person, worker, text=asked)) == found


def test_filters_ask_a_note_or_what_was_added_to_it(manager):
    person, kay = factories.person(), factories.user()
    first = factories.note(person, "One", level=Level.CLINICAL, kind="RISK", written_at=factories.at(hour=9))
    factories.note(person, "Added", amends=first, level=Level.CLINICAL, kind="RISK", written_by=kay)
    factories.note(person, "Two")

    assert texts(queries.of_person(person, manager)) == ["Two", "One"]
    for chosen in [{"author": kay}, {"level": "CLINICAL"}, {"kind": "RISK"}, {"author": kay, "text": "added"}]:
        assert texts(queries.of_person(person, manager, **chosen)) == ["One"]
    assert texts(queries.of_person(person, manager, author=kay, text="one")) == []


def test_pages_follow_each_other(worker, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    person = factories.person()
    made = [factories.note(person, f"Note {number}", written_at=factories.at(hour=9)) for number in range(5)]

    seen, after = [], None
    while True:
        page = queries.of_person(person, worker, after=after)
        seen += page.rows
        if page.next_key is None:
            break
        after = Note.objects.get(pk=page.next_key)

    assert seen == made[::-1]
