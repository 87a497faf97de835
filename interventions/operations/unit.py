"""The drug-free unit: asked for, offered, joined with a compact, reviewed, left. A breach is no disciplinary charge (domain.md 2.5)."""

import uuid
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from casework import audit
from casework.models import CustodySpell, Wing
from interventions.models import Breach, CompactSigned, UnitReview, UnitStay

State, Left = UnitStay.State, UnitStay.Left
FURTHEST = timedelta(days=366)
SOON = timedelta(days=7)  # until a review that a breach calls for
STANDS = {
    State.WAITING: "is waiting for a place",
    State.OFFERED: "has been offered a place",
    State.LIVING: "lives on the unit",
    State.LEFT: "no longer waits for a place or lives on the unit",
}
# How a spell ended → how the stay on the unit did.
ENDS = {
    CustodySpell.End.RELEASED: Left.RELEASED,
    CustodySpell.End.RELEASED_COURT: Left.COURT,
    CustodySpell.End.RELEASED_HOSPITAL: Left.HEALTH,
    CustodySpell.End.TRANSFERRED: Left.TRANSFERRED,
    CustodySpell.End.DIED: Left.DIED,
}


@transaction.atomic
def ask(*, person, wing, asked_on, by, nonce=None):
    """Put ``person`` on the waiting list for the unit on ``wing``, from the day he asked."""
    nonce = nonce or uuid.uuid4()
    if made := UnitStay.objects.made_once(nonce):
        return made
    spell = CustodySpell.objects.current().filter(person=person, prison=by.prison_id)
    spell = spell.select_for_update(of=["self"], no_key=True).first()
    if spell is None:
        raise ValidationError(f"{person.name} is not in this prison now.")
    if wing.kind != Wing.Kind.DRUG_FREE or wing.ended_on or wing.prison_id != spell.prison_id:
        raise ValidationError({"wing": "Choose a drug-free wing that is in use."})
    _check_day("asked_on", asked_on, spell.received_on, "People ask for a place on or after the day they came here")
    if UnitStay.objects.live().filter(person=person, prison=spell.prison_id).exists():
        raise ValidationError(f"{person.name} waits for a place, or has one, already.")
    stay = UnitStay(
        person=person,
        prison_id=spell.prison_id,
        wing=wing,
        asked_on=asked_on,
        made_by=by,
        made_at=timezone.now(),
        nonce=nonce,
    )
    stay.full_clean()
    stay.save()
    audit.record(by=by, action="unit.asked", target=stay, wing=wing, asked_on=asked_on)
    return stay


@transaction.atomic
def offer(*, stay, offered_on, by):
    """Offer a place that is free to somebody who waits. The same again changes nothing."""
    UnitStay.objects.one_offer_at_a_time(stay.wing)
    stay = _locked(stay)
    if stay.state == State.OFFERED and stay.offered_on == offered_on:
        return stay
    _check_move(stay, State.OFFERED)
    _check_day("offered_on", offered_on, stay.asked_on, "A place is offered on or after the day it was asked for")
    places = stay.wing.places
    if places and UnitStay.objects.taking_places().filter(wing=stay.wing_id).count() >= places:
        taken = "The only place is" if places == 1 else f"All {places} places are"
        raise ValidationError(f"{taken} taken or offered, so there is none to offer.")
    stay.state, stay.offered_on = State.OFFERED, offered_on
    _save(stay)
    audit.record(by=by, action="unit.offered", target=stay, offered_on=offered_on)
    return stay


@transaction.atomic
def take_back(*, stay, by):
    """The place that was offered is not there after all: the person waits on, from the day he asked."""
    stay = _locked(stay)
    if stay.state == State.WAITING:
        return stay
    _check_move(stay, State.WAITING)
    stay.state, stay.offered_on = State.WAITING, None
    _save(stay)
    audit.record(by=by, action="unit.offer_taken_back", target=stay)
    return stay


@transaction.atomic
def join(*, stay, joined_on, terms, signed_on, review_due, by, test_due=None):
    """Somebody comes to live on the unit and signs ``terms``. Also without an offer, and beyond the places: the prison decides."""
    stay = _locked(stay)
    if stay.state == State.LIVING and (stay.joined_on, stay.compact) == (joined_on, terms.version):
        return stay
    _check_move(stay, State.LIVING)
    _check_day("joined_on", joined_on, stay.asked_on, "People come to live here on or after the day they asked")
    _check_signed(stay, terms, signed_on)
    _check_due(joined_on, review_due=review_due, test_due=test_due)
    stay.state, stay.joined_on, stay.compact, stay.signed_on = State.LIVING, joined_on, terms.version, signed_on
    stay.review_due, stay.test_due = review_due, test_due
    _save(stay)
    _keep_signed(stay, by)
    audit.record(
        by=by, action="unit.joined", target=stay, joined_on=joined_on, compact=terms.version, signed_on=signed_on
    )
    return stay


@transaction.atomic
def sign(*, stay, terms, signed_on, by):
    """Somebody who lives on the unit signs another version of the compact. The same again changes nothing."""
    stay = _living(stay)
    if (stay.compact, stay.signed_on) == (terms.version, signed_on):
        return stay
    _check_signed(stay, terms, signed_on)
    if signed_on < stay.signed_on:
        raise ValidationError({"signed_on": f"The version before was signed on {stay.signed_on:%-d %B %Y}."})
    before = stay.compact
    stay.compact, stay.signed_on = terms.version, signed_on
    _save(stay)
    _keep_signed(stay, by)
    audit.record(by=by, action="unit.signed", target=stay, before=before, compact=terms.version, signed_on=signed_on)
    return stay


@transaction.atomic
def set_dates(*, stay, version, review_due, by, test_due=None):
    """Change when the next review and the next test of somebody on the unit are due."""
    stay = _living(stay)
    _check_due(stay.joined_on, review_due=review_due, test_due=test_due)
    changed = stay.change(version, review_due=review_due, test_due=test_due)
    stay.full_clean()
    stay.save()
    audit.record(by=by, action="unit.dates_set", target=stay, changed=changed)
    return stay


@transaction.atomic
def leave(*, stay, left_on, left_why, by, left_note=""):
    """End a stay on the unit, or the waiting for one, for a reason that is left to staff. The same again changes nothing."""
    stay = _locked(stay)
    if stay.state == State.LEFT and (stay.left_on, stay.left_why) == (left_on, left_why):
        return stay
    _check_move(stay, State.LEFT)
    if left_why not in UnitStay.WHY[stay.state]:
        raise ValidationError({"left_why": f"This is no reason for somebody who {STANDS[stay.state]}."})
    _check_day("left_on", left_on, _latest(stay), "This ends on or after the day of what came before")
    _end(stay, left_on, left_why, left_note)
    audit.record(by=by, action="unit.left", target=stay, left_on=left_on, left_why=left_why)
    return stay


@transaction.atomic
def breach(*, stay, on, what, response, by, note="", nonce=None):
    """Record what the compact does not allow, and what was done about it. No charge: a breach may call a review, or end the stay."""
    nonce = nonce or uuid.uuid4()
    if made := Breach.objects.made_once(nonce):
        return made
    stay = _living(stay)
    _check_day("on", on, stay.joined_on, "The compact holds from the day the person came to live here")
    row = Breach(
        stay=stay,
        person_id=stay.person_id,
        prison_id=stay.prison_id,
        on=on,
        what=what,
        response=response,
        note=note,
        recorded_by=by,
        recorded_at=timezone.now(),
        nonce=nonce,
    )
    row.full_clean()
    row.save()
    if response == Breach.Response.LEAVES:
        _check_day("on", on, _latest(stay), "Somebody leaves on or after the day of the last review")
        _end(stay, on, Left.BREACH)
    elif response in Breach.CALLS:
        name, due = Breach.CALLS[response], on + SOON
        setattr(stay, name, min(getattr(stay, name) or due, due))
        _save(stay)
    # Neither what it was nor what followed: the trail is read by people who may not know of whose test it tells.
    audit.record(by=by, action="unit.breach_recorded", target=row, stay=stay.pk)
    return row


@transaction.atomic
def review(*, stay, on, agreed, next_on, by, test_due=None, nonce=None):
    """Record a review of somebody who lives on the unit, and when the next review and the next test are."""
    nonce = nonce or uuid.uuid4()
    if made := UnitReview.objects.made_once(nonce):
        return made
    stay = _living(stay)
    _check_day("on", on, stay.joined_on, "A review is held on or after the day the person came to live here")
    if next_on <= on:
        raise ValidationError({"next_on": "The next review is after this one."})
    _check_due(stay.joined_on, next_on=next_on, test_due=test_due)
    row = UnitReview(
        stay=stay,
        person_id=stay.person_id,
        prison_id=stay.prison_id,
        on=on,
        agreed=agreed,
        next_on=next_on,
        recorded_by=by,
        recorded_at=timezone.now(),
        nonce=nonce,
    )
    row.full_clean()
    row.save()
    stay.review_due, stay.test_due = next_on, test_due
    _save(stay)
    audit.record(by=by, action="unit.reviewed", target=row, stay=stay.pk, on=on)
    return row


@transaction.atomic
def sampled(*, stay, by, taken_back=None):
    """Somebody who lives on the unit gave a sample: the next test is due four weeks after the last one.

    No source gives an interval (domain.md 2.5: regular tests); whoever wants another day sets it. ``taken_back``: the day of a sample that
    was none. What it had made due, and nobody has changed, falls back to the sample before or to the day of joining.
    """
    stay = _locked(stay)
    last = stay.tests.aggregate(last=Max("sampled_at"))["last"]
    due = (timezone.localdate(last) if last else stay.joined_on) + UnitStay.AGAIN
    is_ours = taken_back is None or stay.test_due == taken_back + UnitStay.AGAIN
    if stay.state == State.LIVING and is_ours and due != stay.test_due:
        stay.test_due = due
        _save(stay)
        audit.record(by=by, action="unit.test_due_set", target=stay, test_due=due)
    return stay


@transaction.atomic
def leave_prison(*, spells, at, by):
    """People left the prison: their stays on the unit, and their waiting for one, end with it."""
    ended = {(spell.person_id, spell.prison_id): spell for spell in spells}
    stays = UnitStay.objects.live().filter(person__in={person for person, _ in ended}).select_for_update(no_key=True)
    left = []
    for stay in stays.order_by("pk"):
        if spell := ended.get((stay.person_id, stay.prison_id)):
            day = max(timezone.localdate(spell.ended_at or at), stay.joined_on or stay.asked_on)
            _end(stay, day, ENDS.get(spell.end, Left.OTHER))
            left.append(stay.pk)
    if left:
        audit.record(by=by, action="unit.left_prison", prison=spells[0].prison, stays=left)


@transaction.atomic
def move(*, removed, kept, journal, by):
    """Two numbers are one person: what the unit knows of him moves to the one that is kept. Of two live stays the less advanced ends."""
    ended = _close_second(removed, kept, journal)
    moved = sum(journal.change(rows.filter(person=removed), person=kept) for rows in _tables())
    audit.record(by=by, action="unit.moved", target=kept, removed=removed.pk, count=moved, ended=ended)


@transaction.atomic
def move_back(*, removed, kept, journal, by):
    """They are two people after all: what ``move`` changed is put back."""
    models = [rows.model for rows in _tables()]
    journal.put_back(models)
    journal.check(models, [removed, kept])
    audit.record(by=by, action="unit.moved_back", target=removed, kept=kept.pk)


def _tables():
    return [model.objects.all() for model in [UnitStay, CompactSigned, Breach, UnitReview]]


def _close_second(removed, kept, journal):
    """Close one of two live stays in one prison, for one person has one; returns the keys of those closed."""
    live = UnitStay.objects.live().filter(person__in=[removed, kept]).order_by("prison_id")
    by_prison = {}
    for stay in live:
        by_prison.setdefault(stay.prison_id, []).append(stay)
    closed = []
    for stays in by_prison.values():
        if len(stays) > 1:
            first, second = sorted(stays, key=lambda stay: (stay.state != State.LIVING, stay.person_id != kept.pk))
            day = max(timezone.localdate(), second.joined_on or second.asked_on)
            told = {"left_on": day, "left_why": Left.OTHER, "left_note": "Recorded under another number"}
            journal.change(UnitStay.objects.filter(pk=second.pk), state=State.LEFT, **told)
            closed.append(second.pk)
    return closed


def _locked(stay):
    return UnitStay.objects.select_for_update(of=["self"], no_key=True).select_related("wing", "person").get(pk=stay.pk)


def _living(stay):
    stay = _locked(stay)
    if stay.state != State.LIVING:
        raise ValidationError(f"{stay.person.name} {STANDS[stay.state]}. This is for those who live on the unit.")
    return stay


def _check_move(stay, to):
    if to not in UnitStay.MOVES[stay.state]:
        raise ValidationError(f"{stay.person.name} {STANDS[stay.state]}, so this cannot be done.")


def _save(stay):
    stay.version += 1
    stay.full_clean()
    stay.save()


def _end(stay, left_on, left_why, left_note=""):
    stay.state, stay.left_on, stay.left_why, stay.left_note = State.LEFT, left_on, left_why, left_note
    _save(stay)


def _keep_signed(stay, by):
    who = {"stay": stay, "person_id": stay.person_id, "prison_id": stay.prison_id, "by": by, "at": timezone.now()}
    CompactSigned.objects.create(version=stay.compact, on=stay.signed_on, **who)


def _latest(stay):
    """The last day on which something of this stay happened."""
    rows = [*stay.reviews.values_list("on", flat=True), *stay.breaches.values_list("on", flat=True)]
    return max([stay.joined_on or stay.offered_on or stay.asked_on, *rows])


def _check_signed(stay, terms, signed_on):
    if terms.prison_id != stay.prison_id:
        raise ValidationError({"terms": "Choose a version of this prison."})
    _check_day("signed_on", signed_on, stay.asked_on, "A compact is signed on or after the day a place was asked for")
    if signed_on < terms.from_on:
        raise ValidationError({"signed_on": f"Version {terms} is in force from {terms.from_on:%-d %B %Y}."})


def _check_due(since, **dates):
    for name, day in dates.items():
        if day and not since <= day <= timezone.localdate() + FURTHEST:
            raise ValidationError({name: "Give a day within a year, after the person came to live here."})


def _check_day(name, day, earliest, words):
    if day < earliest:
        raise ValidationError({name: f"{words}, {earliest:%-d %B %Y}."})
    if day > timezone.localdate():
        raise ValidationError({name: "This day is still to come. Enter today or an earlier day."})
