from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from casework.models import AuditEntry, Case, CustodySpell
from interventions.models import Contact, ContactType
from interventions.operations import session as operations
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def spell():
    return factories.spell(received_on=timezone.localdate() - timedelta(days=20))


def log(spell, **given):
    given.setdefault("type", "BRIEF")
    given["type"] = ContactType.objects.get(code=given["type"])
    given.setdefault("at", timezone.now())
    given.setdefault("by", factories.user())
    return operations.log(person=spell.person, **given)


def said(refusal):
    return refusal.value.message_dict


def test_log_fills_in_what_is_usual(spell, now):
    worker = factories.user()

    session = log(spell, by=worker, at=now, note="Talked about sleep")

    assert Contact.objects.get() == session
    assert (session.person, session.prison, session.case) == (spell.person, spell.prison, None)
    assert (session.worker, session.recorded_by, session.minutes) == (worker, worker, 10)
    assert (session.outcome, session.at, session.note) == ("TOOK_PLACE", now, "Talked about sleep")
    entries = AuditEntry.objects.filter(action="session.logged")
    assert list(entries.values_list("by_id", "person_id")) == [(worker.pk, spell.person_id)]


def test_log_is_for_another_worker_where_one_is_named(spell):
    officer, clerk = factories.user(), factories.user()

    session = log(spell, by=clerk, worker=officer)

    assert (session.worker, session.recorded_by) == (officer, clerk)


def test_log_makes_one_session_of_one_form(spell):
    nonce = uuid4()

    assert log(spell, nonce=nonce) == log(spell, nonce=nonce)

    assert Contact.objects.count() == 1


def test_log_puts_the_session_under_the_case_of_that_day(spell, now):
    today = timezone.localdate()
    closed = factories.case(
        spell=spell, opened_on=today - timedelta(days=15), closed_on=today - timedelta(days=5), close_reason="COMPLETED"
    )
    open_now = factories.case(spell=spell, opened_on=today - timedelta(days=2))

    cases = [log(spell, at=now - timedelta(days=days)).case for days in [16, 10, 5, 4, 1, 0]]

    assert cases == [None, closed, closed, None, open_now, open_now]


def test_log_wants_a_case_for_structured_work(spell, now):
    with pytest.raises(ValidationError) as today:
        log(spell, type="ONE_TO_ONE")
    Case.objects.create(
        person=spell.person,
        prison=spell.prison,
        spell=spell,
        opened_on=timezone.localdate() - timedelta(days=1),
        opened_by=factories.user(),
    )

    before = now - timedelta(days=3)
    with pytest.raises(ValidationError, match=f"no open case on {timezone.localdate(before):%-d %B %Y}"):
        log(spell, type="ONE_TO_ONE", at=before)
    assert said(today) == {
        "type": [
            (
                "Sam Testerton has no open case, and a structured one-to-one is part of one."
                " Choose another kind, or open a case first."
            )
        ]
    }
    assert log(spell, type="ONE_TO_ONE").minutes == 45


def test_log_refuses_the_future(spell, now):
    with pytest.raises(ValidationError) as refusal:
        log(spell, at=now + timedelta(minutes=10))

    assert said(refusal) == {"at": ["This is in the future. Write a session up when it is over."]}
    assert Contact.objects.count() == 0


def test_log_refuses_a_day_before_reception_but_not_the_day_itself(spell, now):
    with pytest.raises(ValidationError) as refusal:
        log(spell, at=now - timedelta(days=21))

    assert said(refusal) == {"at": [f"Sam Testerton came here on {spell.received_on:%-d %B %Y}."]}
    assert log(spell, at=now - timedelta(days=20)).case is None


@pytest.mark.parametrize(("end", "word"), [("RELEASED", "left"), ("DIED", "died")])
def test_log_refuses_a_day_after_the_person_went(spell, now, end, word):
    ended = now - timedelta(days=2)
    CustodySpell.objects.filter(pk=spell.pk).update(ended_at=ended, end=end)

    with pytest.raises(ValidationError) as refusal:
        log(spell)

    assert said(refusal) == {"at": [f"Sam Testerton {word} on {timezone.localdate(ended):%-d %B %Y}."]}
    assert log(spell, at=ended).prison == spell.prison


def test_log_refuses_somebody_who_was_never_here(spell):
    elsewhere = factories.spell(prison=factories.prison("ACI", "Altcourse"))

    with pytest.raises(ValidationError) as refusal:
        log(elsewhere)

    assert said(refusal) == {"at": ["Sam Testerton was never on the roll here."]}


@pytest.mark.parametrize("minutes", [0, 481])
def test_log_refuses_minutes_out_of_range(spell, minutes):
    with pytest.raises(ValidationError, match="Minutes are between 1 and 480"):
        log(spell, minutes=minutes)


def test_log_several_refuses_the_future(spell, now):
    rows = [{"person": spell.person, "beside": "seen_1"}]

    with pytest.raises(ValidationError) as refusal:
        operations.log_several(rows=rows, at=now + timedelta(minutes=1), by=factories.user())

    assert said(refusal) == {"at": ["This is in the future. Write a session up when it is over."]}
