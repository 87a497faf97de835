import io

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import FileField
from django.urls import Resolver404, resolve, reverse
from PIL import Image

from casework.access import Role
from casework.middleware import InMemory
from casework.models import Attachment, AuditEntry
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


def add(client, person, content=None, name="map.png", **answers):
    file = SimpleUploadedFile(name, factories.picture() if content is None else content)
    return client.post(
        url("add_file", person), {"file": file, "kind": "MAP", "title": "Map", "nonce": NONCE, **answers}
    )


def test_add_keeps_the_file_once_and_records_who_did(client, keyworker):
    person = factories.person()

    responses = [add(client, person) for _ in range(2)]

    assert [response.url for response in responses] == [url("files", person)] * 2
    file = Attachment.objects.get()
    assert (file.person, file.kind, file.filename, file.added_by) == (person, "MAP", "map.png", keyworker)
    assert AuditEntry.objects.filter(action="attachment.added").count() == 1


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"hello", "map.png", "This is not a PDF, JPEG or PNG, whatever its name says."),
        (b"", "map.png", "The file is empty."),
        (b"%PDF-1.7 x", "map.pdf", "The PDF is damaged: it cannot be opened."),
        (b"\xff\xd8\xff" + b"x" * (10 * 1024 * 1024), "map.jpg", "The file is larger than 10.0"),
        (b"x" * (25 * 1024 * 1024), "map.jpg", "The file is larger than 10.0"),
    ],
)
def test_add_refuses_beside_the_file_and_leaves_nothing(client, keyworker, tmp_path, settings, content, name, words):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)

    response = add(client, factories.person(), content, name)

    errors = response.context["form"].errors
    assert (list(errors), words in errors["file"][0].replace("\xa0", " ")) == (["file"], True)
    assert "Map" in response.content.decode()
    assert not Attachment.objects.exists()
    assert list(tmp_path.iterdir()) == []


def test_add_asks_for_the_file(client, keyworker):
    response = client.post(url("add_file", factories.person()), {"kind": "MAP", "title": "Map", "nonce": NONCE})

    assert response.context["form"].errors == {"file": ["Choose the file."]}


def test_uploads_of_any_size_stay_in_memory_and_large_ones_not_even_there():
    handler = InMemory()
    handler.new_file("file", "a.bin", "", 0)
    for number in range(12):
        handler.receive_data_chunk(b"x" * 1024 * 1024, number)

    file = handler.file_complete(12 * 1024 * 1024)

    assert (file.size, handler.chunks, file.read()) == (12 * 1024 * 1024, [], b"")


def test_download_hands_out_the_file_and_nothing_that_runs(client, keyworker):
    file = factories.attachment(content=factories.picture(), content_type="image/png", filename="mäp “x”.png")

    response = client.get(url("file", file))

    assert Image.open(io.BytesIO(response.content)).size == (40, 30)
    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["Content-Disposition"] == "attachment; filename*=utf-8''m%C3%A4p%20%E2%80%9Cx%E2%80%9D.png"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert response.headers["Cache-Control"] == "no-store, private"
    entry = AuditEntry.objects.get(action="attachment.opened")
    assert (entry.by_id, entry.person_id, entry.detail) == (keyworker.pk, file.person_id, {"sha256": file.sha256})


def test_show_lists_files_without_asking_for_their_bytes(client, keyworker, django_assert_num_queries):
    person = factories.person()
    factories.attachment(
        person, title="Old consent", withdrawn_at=factories.at(), withdrawn_by=keyworker, withdrawn_why="Twice"
    )
    file = factories.attachment(person)

    response = client.get(url("files", person))

    page = response.content.decode()
    assert response.context["files"] == [file]
    assert ("Old consent" in page, "Twice" in page, page.count(" download>")) == (True, True, 1)
    assert "content" not in response.context["files"][0].__dict__
    assert AuditEntry.objects.filter(action="person.files.opened").count() == 1


def test_withdraw_takes_the_file_out_of_reach_once(client, keyworker):
    file = factories.attachment()
    assert list(client.post(url("withdraw_file", file), {"why": ""}).context["form"].errors) == ["why"]
    assert client.get(url("file", file)).status_code == 200

    responses = [client.post(url("withdraw_file", file), {"why": "About somebody else"}) for _ in range(2)]

    assert [response.url for response in responses] == [url("files", file.person)] * 2
    assert client.get(url("file", file)).status_code == 404
    assert AuditEntry.objects.filter(action="attachment.withdrawn").count() == 1


def test_a_name_with_folders_and_letters_that_turn_the_writing_round_is_handed_out_without(client, keyworker):
    add(client, factories.person(), name="../../etc/“scan”\u202egpj.exe")

    response = client.get(url("file", Attachment.objects.get()))

    assert response.headers["Content-Disposition"] == "attachment; filename*=utf-8''%E2%80%9Cscan%E2%80%9Dgpj.png"


def test_a_file_has_no_address_but_the_checked_one(client, keyworker, settings):
    """Nothing lies in a folder that a web server could be pointed at, and whoever is not signed in is asked to sign in."""
    columns = [column for model in apps.get_models() for column in model._meta.fields]
    assert [column for column in columns if isinstance(column, FileField)] == []
    assert (settings.MEDIA_ROOT, settings.MEDIA_URL) == ("", "/")
    assert settings.FILE_UPLOAD_HANDLERS == ["casework.middleware.InMemory"]
    file = factories.attachment()
    with pytest.raises(Resolver404):
        resolve(f"/{file.filename}")
    client.logout()

    response = client.get(url("file", file))

    assert (response.status_code, response.url.partition("?")[0]) == (302, reverse("account_login"))


@pytest.mark.parametrize("name", ["files", "add_file", "file", "withdraw_file"])
def test_files_are_for_caseworkers_of_the_prison(client, keyworker, name):
    file = factories.attachment()
    address = url(name, file.person if name in {"files", "add_file"} else file)

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
        factories.attachment(person)

    with django_assert_num_queries(QUERIES):
        client.get(url("files", person))


QUERIES = 20
