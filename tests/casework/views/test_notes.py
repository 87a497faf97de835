import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, Note
from casework.queries import notes as queries
from tests import factories

pytestmark = pytest.mark.django_db
NONCE = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def keyworker(client):
    user = factories.user(full_name="Kay Worker")
    client.force_login(user)
    return user


def url(name, of):
    return reverse(f"casework:{name}", args=[of.pk])


def write(client, person, **answers):
    default = {"text": "He rang.", "kind": "GENERAL", "level": "TEAM", "nonce": NONCE}
    return client.post(url("write_note", person), {**default, **answers})


def shown(response):
    return [note.text for note in response.context["page"].rows]


def test_write_saves_one_note_and_records_who_did(client, keyworker):
    person = factories.person()

    responses = [write(client, person) for _ in range(2)]

    assert [response.url for response in responses] == [url("notes", person)] * 2
    assert (Note.objects.get().text, Note.objects.get().written_by) == ("He rang.", keyworker)
    assert AuditEntry.objects.filter(action="note.written").count() == 1


@pytest.mark.parametrize(
    ("answers", "field"), [({"text": "x" * 100_000}, "text"), ({"text": " "}, "text"), ({"level": "MANAGER"}, "level")]
)
def test_write_refuses_beside_the_field(client, keyworker, answers, field):
    client.force_login(factories.user(duties=["CLINICAL"]))

    response = write(client, factories.person(), **answers)

    assert list(response.context["form"].errors) == [field]
    assert not Note.objects.exists()


def test_write_takes_no_level_that_the_page_did_not_ask(client, keyworker):
    write(client, factories.person(), level="CLINICAL")

    assert not Note.objects.exists()


@pytest.mark.parametrize(("role", "duties", "levels"), [(Role.MANAGER, [], 3), (Role.KEYWORKER, ["CLINICAL"], 2)])
def test_write_offers_the_levels_that_one_may_read(client, role, duties, levels):
    client.force_login(factories.user(role, duties=duties))

    form = client.get(url("write_note", factories.person())).context["form"]

    assert len(form.fields["level"].choices) == levels


def test_write_knows_whose_number_is_no_warning(client, keyworker):
    person = factories.person()

    assert f'data-own-number="{person.number}"' in client.get(url("write_note", person)).content.decode()


def test_show_tells_notes_newest_first_with_what_was_added(client, keyworker):
    person = factories.person()
    first = factories.note(person, "One <b>bold</b>", written_at=factories.at(hour=9))
    factories.note(person, "Two")
    factories.note(person, "It was Monday", amends=first)

    response = client.get(url("notes", person))

    page = response.content.decode()
    assert shown(response) == ["Two", "One <b>bold</b>"]
    assert (page.count("Amended"), "It was Monday" in page, "<b>bold" in page) == (1, True, False)
    assert AuditEntry.objects.filter(action="person.notes.opened", person_id=person.pk).count() == 1


def test_notes_of_another_level_leave_no_trace(client, keyworker):
    person = factories.person()
    hidden = factories.note(person, "Hidden", level="MANAGER", written_by=factories.user(full_name="Morgan Manager"))

    for address in [url("notes", person), reverse("reporting:person", args=[person.pk])]:
        page = client.get(address).content.decode()
        assert [word for word in ["Hidden", "Morgan", "Managers", "MANAGER"] if word in page] == []
    assert "No notes yet" in client.get(url("notes", person)).content.decode()
    for name in ["note", "amend_note"]:
        assert client.get(url(name, hidden)).status_code == 404
    assert client.get(reverse("reporting:event", args=[person.pk, "note", hidden.pk])).status_code == 404
    assert shown(client.get(url("notes", person), {"after": hidden.pk, "author": hidden.written_by_id})) == []


def test_search_marks_words_and_keeps_them_out_of_the_address(client, keyworker):
    person = factories.person()
    factories.note(person, "Seán’s <i>methadone</i>")
    factories.note(person, "Nothing of it")

    response = client.post(url("notes", person) + "?kind=GENERAL&after=9", {"text": "METH sean"})

    assert (response.status_code, "meth" in response.url.lower(), "kind=GENERAL" in response.url) == (302, False, True)
    response = client.get(response.url)
    page = response.content.decode()
    assert shown(response) == ["Seán’s <i>methadone</i>"]
    assert "<mark>Seán’s</mark> &lt;i&gt;<mark>methadone</mark>&lt;/i&gt;" in page
    assert "no longer kept" in client.get(url("notes", person), {"search": "x"}).content.decode()


def test_search_keeps_five_and_asks_for_words(client, keyworker):
    person = factories.person()
    for number in range(7):
        client.post(url("notes", person), {"text": f"word{number}"})

    assert list(client.session["note_searches"].values()) == [f"word{number}" for number in range(2, 7)]
    assert "Fill in" in client.post(url("notes", person), {"text": ""}).content.decode()
    assert list(client.post(url("notes", person), {"text": "x" * 101}).context["search"].errors) == ["text"]


@pytest.mark.parametrize(
    "garbage", ["after=x", "after=99999999999999999999", "author=x&level=NONE&kind=%00", "after=-1", "search=%00"]
)
def test_garbage_in_the_address_does_no_harm(client, keyworker, garbage):
    note = factories.note()

    assert shown(client.get(f"{url('notes', note.person)}?{garbage}")) == [note.text]


def test_pages_lead_to_older_notes(client, keyworker, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 1)
    person = factories.person()
    factories.note(person, "Old", written_at=factories.at(hour=9))
    factories.note(person, "New")

    response = client.get(url("notes", person), {"kind": "GENERAL"})
    older = client.get(url("notes", person) + response.context["next"])

    assert (shown(response), shown(older)) == (["New"], ["Old"])
    assert (older.context["next"], older.context["first"]) == ("", "?kind=GENERAL")


def test_amend_adds_beneath_and_changes_nothing(client, keyworker):
    note = factories.note()
    later = factories.note(note.person, "Earlier addition", amends=note)

    responses = [client.post(url("amend_note", later), {"text": "It was Monday.", "nonce": NONCE}) for _ in range(2)]

    assert [response.url for response in responses] == [url("note", note)] * 2
    page = client.get(url("note", note)).content.decode()
    assert ("It was Monday." in page, note.text in page, Note.objects.count()) == (True, True, 3)


def test_amend_keeps_what_was_typed_when_it_is_refused(client, keyworker):
    response = client.post(url("amend_note", factories.note()), {"text": "x" * 10_001, "nonce": NONCE})

    assert list(response.context["form"].errors) == ["text"]
    assert "x" * 10_001 in response.content.decode()


@pytest.mark.parametrize("name", ["notes", "write_note", "note", "amend_note"])
def test_notes_are_for_caseworkers_of_the_prison(client, keyworker, name):
    note = factories.note()
    address = url(name, note.person if name in {"notes", "write_note"} else note)

    assert client.get(address).status_code == 200
    client.force_login(factories.user(prison=factories.prison("ACI", "Altcourse")))
    assert client.get(address).status_code == 404
    for role in [Role.PARTNER, Role.ADMINISTRATOR, Role.AUDITOR]:
        client.force_login(factories.user(role))
        assert client.get(address).status_code == 403


@pytest.mark.parametrize("many", [1, 3])
def test_show_asks_the_same_number_of_queries(client, keyworker, django_assert_num_queries, many):
    person = factories.person()
    for _ in range(many):
        factories.note(person, "More", amends=factories.note(person))

    with django_assert_num_queries(QUERIES):
        client.get(url("notes", person))


QUERIES = 22
