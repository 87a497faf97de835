"""Alerts and notices that staff note, and what safer custody says of an ACCT."""

import uuid
from datetime import datetime, time

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.formats import reference
from casework.models import Alert, CustodySpell, Person

ANY = object()
Acct = Alert.Acct
# The state of an ACCT → those that may follow it (domain.md 8.3). Somebody may come from another prison in post-closure.
MOVES = {
    "": {Acct.OPEN, Acct.FOLLOWED_UP},
    Acct.OPEN: {Acct.FOLLOWED_UP},
    Acct.FOLLOWED_UP: {Acct.OPEN, Acct.CLOSED},
    Acct.CLOSED: {Acct.OPEN},
}
REFUSED = {
    ("", Acct.CLOSED): "There is no ACCT to close.",
    (Acct.OPEN, Acct.CLOSED): "An ACCT goes through post-closure before it is closed. Choose post-closure.",
    (Acct.CLOSED, Acct.FOLLOWED_UP): "This ACCT is closed. If safer custody took it up again, it is open.",
}


@transaction.atomic
def note(*, person, code, said_by, from_on, by, note="", review_on=None, nonce=None):
    """Note what somebody said about ``person``: one of ``reference.notices()``, in force from ``from_on`` until staff end it."""
    nonce = nonce or uuid.uuid4()
    if made := Alert.objects.made_once(nonce):
        return made
    _lock(person, by)
    _check_days(person, from_on, review_on)
    standing = Alert.objects.open().filter(person=person, prison_id=by.prison_id, code=code).first()
    if standing:
        who = "Noted" if standing.by_hand else "The roll says so"
        raise ValidationError({"code": f"{who} already, since {_day(standing)}."})
    alert = _made(person, code, said_by, from_on, by, note, review_on, nonce)
    audit.record(by=by, action="alert.noted", target=alert, code=code, review_on=review_on)
    return alert


@transaction.atomic
def end(*, alert, said_by, why, by):
    """End what staff noted. The same again changes nothing; what the roll says ends when the roll no longer says it."""
    alert = Alert.objects.select_for_update(no_key=True).get(pk=alert.pk)
    if alert.until_at:
        if (alert.ended_by_id, alert.end_said_by, alert.end_why) == (by.pk, said_by, why):
            return alert
        raise ValidationError(f"This ended already, on {timezone.localdate(alert.until_at):%-d %B %Y}.")
    if not alert.by_hand:
        raise ValidationError("The roll says this. It ends when the roll no longer says so.")
    _close(alert, max(timezone.now(), alert.from_at), said_by, why, by)
    audit.record(by=by, action="alert.ended", target=alert, code=alert.code)
    return alert


@transaction.atomic
def acct(*, person, state, said_by, from_on, by, review_on=None, note="", seen=ANY, nonce=None):
    """Note what safer custody said of the ACCT of ``person``: its state, or for the same state the next review.

    ``seen``: the ``stamp`` of the state that the user was looking at, empty for none. Where it was moved since, this is refused.
    """
    nonce = nonce or uuid.uuid4()
    if made := Alert.objects.made_once(nonce):
        return made
    _lock(person, by)
    standing = Alert.objects.open().acct().filter(person=person, prison_id=by.prison_id).first()
    if standing and standing.code == state and _says(standing) == (said_by, review_on, note):
        return standing
    if seen is not ANY and seen != (standing.stamp if standing else ""):
        raise ValidationError("The ACCT was changed while you had this open. Look, then say it again.", code="stale")
    if standing and standing.code == state:
        _check_days(person, timezone.localdate(standing.from_at), review_on)
        standing.said_by, standing.review_on, standing.note, standing.recorded_by = said_by, review_on, note, by
        standing.version += 1
        standing.save(update_fields=["said_by", "review_on", "note", "recorded_by", "version"])
    else:
        standing = _move(person, standing, state, said_by, from_on, by, review_on, note, nonce)
    audit.record(by=by, action="alert.acct", target=standing, state=state, review_on=review_on)
    return standing


def _says(alert):
    return alert.said_by, alert.review_on, alert.note


def _move(person, standing, state, said_by, from_on, by, review_on, note, nonce):
    now = standing.code if standing else ""
    if state not in MOVES[now]:
        raise ValidationError({"state": REFUSED[now, Acct(state)]})
    _check_days(person, from_on, review_on)
    if standing and from_on < timezone.localdate(standing.from_at):
        raise ValidationError({"from_on": f"The state before began on {_day(standing)}. Give that day or a later one."})
    if standing:
        at = max(_moment(from_on), standing.from_at)
        _close(standing, at, said_by, f"Moved on: {Acct(state).label.lower()}", by)
    return _made(person, state, said_by, from_on, by, note, review_on, nonce, at=standing and at)


def _lock(person, by):
    """One word at a time about one person, who has to be here."""
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not CustodySpell.objects.current().filter(person=person, prison_id=by.prison_id).exists():
        raise ValidationError("This person is not in the prison now, so nothing can be noted.")


def _check_days(person, from_on, review_on):
    if from_on > timezone.localdate():
        raise ValidationError({"from_on": "It cannot begin in the future."})
    if person.date_of_birth and from_on < person.date_of_birth:
        raise ValidationError({"from_on": f"{person.name} was born on {person.date_of_birth:%-d %B %Y}."})
    if review_on and review_on < timezone.localdate():
        raise ValidationError({"review_on": "The next review is today or later."})


def _made(person, code, said_by, from_on, by, note, review_on, nonce, at=None):
    alert = Alert(
        person=person,
        prison_id=by.prison_id,
        kind=reference.alert_type(code),
        code=code,
        source=Alert.Source.HAND,
        said_by=said_by,
        note=note,
        review_on=review_on,
        from_at=at or _moment(from_on),
        recorded_by=by,
        nonce=nonce,
    )
    alert.full_clean()
    alert.save()
    return alert


def _close(alert, at, said_by, why, by):
    alert.until_at, alert.ended_by, alert.end_said_by, alert.end_why = at, by, said_by, why
    alert.save(update_fields=["until_at", "ended_by", "end_said_by", "end_why"])


def _moment(day):
    """Now for today, else the beginning of the day."""
    now = timezone.localtime()
    return now if day == now.date() else timezone.make_aware(datetime.combine(day, time.min))


def _day(alert):
    return f"{timezone.localdate(alert.from_at):%-d %B %Y}"
