"""Unsaved text: whose it is, who can get at it, and when it goes."""

import uuid
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from casework import context, tasks
from casework.access import Role
from casework.models import AuditEntry, Draft, Restriction, User
from casework.operations import drafts
from casework.queries.drafts import Page
from tests import factories

pytestmark = pytest.mark.django_db
STAFF = [Role.KEYWORKER, Role.MANAGER, Role.ADMINISTRATOR, Role.PARTNER, Role.AUDITOR]


def page(user, person=None, **given):
    given = {"key": str(uuid.uuid4()), "path": "/somewhere/", "called": "Session", **given}
    return Page(user=user.pk, person=person and person.pk, **given)


def keep(user, on=None, text="Hello", person=None):
    """As a request of ``user`` would: under his own locks."""
    with context.acting(user):
        return drafts.keep(page=on or page(user, person), fields=[["note", text]], by=user)


def seen_by(user):
    with context.acting(user):
        return list(Draft.objects.order_by("pk").values_list("fields", flat=True))


def run(user, sql):
    """How many rows ``user`` reaches with SQL of his own."""
    with context.acting(user), connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.rowcount


@pytest.mark.parametrize("role", STAFF)
def test_locks_show_unsaved_text_to_whoever_typed_it_alone(role):
    author, colleague = factories.user(role), factories.user(role)
    keep(author, text="Mine")

    assert seen_by(author) == [[["note", "Mine"]]]
    assert seen_by(colleague) == []
    assert run(colleague, "DELETE FROM casework_draft") == 0
    assert run(colleague, "UPDATE casework_draft SET path = '/'") == 0
    assert run(author, "DELETE FROM casework_draft") == 1


@pytest.mark.parametrize("role", STAFF)
def test_locks_let_nobody_keep_text_under_the_name_of_another(role):
    author, colleague = factories.user(role), factories.user(role)

    with context.acting(colleague):
        assert drafts.keep(page=page(author), fields=[], by=author) is None
    assert Draft.objects.count() == 0


def test_locks_show_nothing_to_whom_the_context_does_not_name():
    keep(factories.user())

    with context.acting(None, role="ww_keyworker"):
        assert Draft.objects.count() == 0
    with pytest.raises(Exception, match="permission denied"), context.acting(None):
        Draft.objects.count()


def test_locks_hide_text_about_somebody_of_another_prison():
    elsewhere = factories.person(prison_ids=[factories.prison("ACI", "Altcourse").pk])

    assert keep(factories.user(), person=elsewhere) is None


def test_locks_hide_text_about_somebody_whose_record_was_restricted_since():
    author, person = factories.user(), factories.person()
    on = page(author, person)
    keep(author, on)
    manager = factories.user(Role.MANAGER)
    Restriction.objects.create(
        person=person, prison=factories.prison(), reason="Relative", made_by=manager, made_at=timezone.now()
    )

    assert seen_by(author) == []
    assert keep(author, on, "More") is None
    with context.acting(author):
        assert list(Draft.objects.visible_to(author)) == []
    assert Draft.objects.get().fields == [["note", "Hello"]]


def test_locks_hide_a_partners_text_once_nothing_is_shared_any_more():
    sent = factories.handover()
    partner = factories.user(Role.PARTNER, agency=sent.agency)
    keep(partner, person=sent.person)
    assert seen_by(partner) == [[["note", "Hello"]]]

    sent.consent.withdrawn_at, sent.consent.withdrawn_by = timezone.now(), sent.made_by
    sent.consent.save()

    assert seen_by(partner) == []
    assert keep(partner, person=sent.person) is None


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_locks_let_who_does_no_casework_type_about_nobody(role):
    assert keep(factories.user(role), person=factories.person()) is None


def test_keep_goes_on_with_the_same_page_and_begins_another_for_a_second_one():
    author = factories.user()
    first, second = page(author), page(author)

    for on, text in [(first, "H"), (first, "Hello"), (second, "Another")]:
        keep(author, on, text)

    assert seen_by(author) == [[["note", "Hello"]], [["note", "Another"]]]


def test_keep_refuses_more_than_a_form_can_want_and_keeps_what_it_had():
    author = factories.user()
    on = page(author)
    keep(author, on, "Short")
    keep(author, on, "x" * 199_996)

    with pytest.raises(ValidationError, match="too long to be kept as a draft"):
        keep(author, on, "x" * 199_997)

    assert len(seen_by(author)[0][0][1]) == 199_996


def test_keep_and_discard_write_nothing_into_the_trail():
    author = factories.user()
    before = AuditEntry.objects.count()
    on = page(author)
    keep(author, on)

    with context.acting(author):
        drafts.discard(key=on.key, by=author)

    assert (AuditEntry.objects.count(), Draft.objects.count()) == (before, 0)


def test_discard_throws_away_this_one_and_only_the_users_own():
    author, colleague = factories.user(), factories.user()
    key = str(uuid.uuid4())
    keep(author, page(author, key=key))
    keep(author, text="Another")
    keep(colleague, page(colleague, key=key), "Theirs")

    with context.acting(author):
        drafts.discard(key=key, by=author)
        drafts.discard(key=key, by=author)

    assert (seen_by(author), seen_by(colleague)) == ([[["note", "Another"]]], [[["note", "Theirs"]]])


def test_purge_throws_away_what_nobody_typed_in_for_seven_days():
    author = factories.user()
    now = timezone.now()
    for age in [timedelta(days=7, seconds=1), timedelta(days=7), timedelta(days=1)]:
        with time_machine.travel(now - age, tick=False):
            keep(author, text=str(age))

    with time_machine.travel(now, tick=False):
        tasks.purge_drafts()

    assert seen_by(author) == [[["note", "7 days, 0:00:00"]], [["note", "1 day, 0:00:00"]]]
    assert drafts.purge(now=now, by=User.objects.system()) == 0


@pytest.mark.parametrize(
    ("typed_at", "words"), [("2026-10-14 10:32", "10:32"), ("2026-10-13 23:58", "23:58 on 13 October")]
)
def test_when_says_the_day_only_if_it_was_not_today(typed_at, words):
    at = timezone.make_aware(datetime.fromisoformat(typed_at))

    with time_machine.travel(factories.at(hour=12), tick=False):
        assert Draft(saved_at=at).when == words
