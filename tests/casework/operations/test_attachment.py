import hashlib
import io
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from PIL import Image

from casework import context
from casework.access import Role
from casework.models import Attachment, AuditEntry
from casework.operations import attachment as operations
from tests import factories

pytestmark = pytest.mark.django_db


def add(person=None, **given):
    given = {"kind": "MAP", "title": "Map", "name": "mäp.jpg", "content": factories.picture(), **given}
    by = given.pop("by", None) or factories.user()
    return operations.add(person=person or factories.person(), by=by, **given)


def test_add_keeps_one_file_however_often_it_is_sent():
    case, nonce, worker = factories.case(), uuid.uuid4(), factories.user()

    files = [add(case.person, nonce=nonce, by=worker) for _ in range(2)]

    file = Attachment.objects.get()
    assert files == [file, file]
    assert (file.case, file.filename, file.content_type, file.added_by) == (case, "mäp.png", "image/png", worker)
    digest = hashlib.sha256(bytes(file.content)).hexdigest()
    assert (file.size, file.sha256) == (len(file.content), digest)
    entry = AuditEntry.objects.get(kind="OPERATION")
    assert entry.detail == {"kind": "MAP", "content_type": "image/png", "size": file.size, "sha256": digest}


def test_the_history_has_the_digest_and_not_the_content():
    file = add()

    row = AuditEntry.objects.get(kind="ROW", target="casework_attachment")
    assert len(row.detail["after"]["content"]) == 64
    assert file.sha256 == row.detail["after"]["sha256"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"hello", "not a PDF"), (b"%PDF-1.7 x", "damaged"), (b"x" * (Attachment.MOST_BYTES + 1), "larger than 10")],
)
def test_add_refuses_what_is_not_kept_beside_the_file(content, words):
    with pytest.raises(ValidationError, match=words) as refusal:
        add(content=content)

    assert list(refusal.value.error_dict) == ["file"]
    assert not Attachment.objects.exists()


def test_add_refuses_a_picture_that_is_too_large_once_it_was_drawn_anew(monkeypatch):
    drawn = io.BytesIO()
    Image.effect_noise((200, 200), 90).save(drawn, "JPEG", quality=5)
    monkeypatch.setattr(Attachment, "MOST_BYTES", len(drawn.getvalue()))

    with pytest.raises(ValidationError, match="larger than"):
        add(content=drawn.getvalue())


def test_withdraw_says_who_and_why_and_keeps_the_file():
    file, worker = factories.attachment(), factories.user()

    for why in ["About somebody else", "Twice"]:
        operations.withdraw(attachment=file, why=why, by=worker)

    file.refresh_from_db()
    assert (file.withdrawn_by, file.withdrawn_why) == (worker, "About somebody else")
    assert bytes(file.content) == b"%PDF-1.7 a letter"
    assert AuditEntry.objects.filter(action="attachment.withdrawn").count() == 1


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.MANAGER])
@pytest.mark.parametrize("column", ["content", "title", "filename", "content_type", "added_by_id"])
def test_what_a_file_is_is_changed_by_nobody(role, column):
    factories.attachment()

    with (
        pytest.raises(Exception, match="permission denied"),
        transaction.atomic(),
        context.acting(factories.user(role)),
    ):
        connection.cursor().execute(f"UPDATE casework_attachment SET {column} = {column}")


def test_a_caseworker_may_add_and_withdraw_under_row_security():
    worker = factories.user()
    person = factories.person()

    with context.acting(worker):
        file = add(person, by=worker)
        operations.withdraw(attachment=file, why="Wrong person", by=worker)
        assert Attachment.objects.get().withdrawn_why == "Wrong person"
    with context.acting(factories.user(prison=factories.prison("ACI"))):
        assert not Attachment.objects.exists()
