"""Peer supporters: put forward, cleared, trained, supervised, suspended, stopped. Nothing here makes an account (domain.md 6.4)."""

import uuid
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import CustodySpell
from interventions.models import PeerStep, PeerSupporter, PeerWing, Supervision

State, What = PeerSupporter.State, PeerStep.What
FURTHEST = timedelta(days=366)
STANDS = {
    State.PROPOSED: "has not begun as a peer supporter",
    State.ACTIVE: "is at work as a peer supporter",
    State.SUSPENDED: "is suspended as a peer supporter",
    State.ENDED: "has stopped as a peer supporter",
}


@transaction.atomic
def put_forward(*, person, proposed_on, supervised_by, by, note="", nonce=None):
    """Put ``person`` forward as a peer supporter, with the worker who will supervise him."""
    nonce = nonce or uuid.uuid4()
    if made := PeerSupporter.objects.made_once(nonce):
        return made
    spell = CustodySpell.objects.current().filter(person=person, prison=by.prison_id)
    spell = spell.select_for_update(of=["self"], no_key=True).first()
    if spell is None:
        raise ValidationError(f"{person.name} is not in this prison now.")
    _check_day(
        "proposed_on", proposed_on, spell.received_on, "People are put forward on or after the day they came here"
    )
    if PeerSupporter.objects.live().filter(person=person, prison=spell.prison_id).exists():
        raise ValidationError(f"{person.name} is a peer supporter, or put forward as one, already.")
    peer = PeerSupporter(
        person=person,
        prison_id=spell.prison_id,
        proposed_on=proposed_on,
        supervised_by=supervised_by,
        made_by=by,
        made_at=timezone.now(),
        nonce=nonce,
    )
    peer.full_clean()
    peer.save()
    _step(peer, What.PUT_FORWARD, proposed_on, by, note=note)
    audit.record(by=by, action="peer.put_forward", target=peer, supervised_by=supervised_by)
    return peer


@transaction.atomic
def clear(*, peer, on, said_by, by):
    """Security cleared the peer supporter, as ``said_by`` told the team. The same again changes nothing."""
    peer = _here(peer)
    if (peer.cleared_on, peer.cleared_by) == (on, said_by):
        return peer
    _check_day("on", on, peer.proposed_on, "Security answers on or after the day the person was put forward")
    peer.cleared_on, peer.cleared_by = on, said_by
    _step(peer, What.CLEARED, on, by, said_by=said_by)
    _save(peer)
    audit.record(by=by, action="peer.cleared", target=peer, on=on)
    return peer


@transaction.atomic
def train(*, peer, on, by):
    """The team trained the peer supporter. The same again changes nothing."""
    peer = _here(peer)
    if peer.trained_on == on:
        return peer
    _check_day("on", on, peer.proposed_on, "Training ends on or after the day the person was put forward")
    peer.trained_on = on
    _step(peer, What.TRAINED, on, by)
    _save(peer)
    audit.record(by=by, action="peer.trained", target=peer, on=on)
    return peer


@transaction.atomic
def begin(*, peer, on, wings, supervision_due, by):
    """Let somebody who is cleared and trained begin, on these wings, with the day of the first supervision."""
    peer = _locked(peer)
    if peer.state == State.ACTIVE and peer.steps.filter(what=What.BEGAN, on=on).exists():
        return peer
    if peer.state != State.PROPOSED:
        raise _refused(peer)
    if not peer.is_ready:
        missing = [
            word for word, day in [("cleared by security", peer.cleared_on), ("trained", peer.trained_on)] if not day
        ]
        raise ValidationError(f"{peer.person.name} is not {' and not '.join(missing)} yet, so cannot begin.")
    latest = max(peer.cleared_on, peer.trained_on)
    _check_day("on", on, latest, "People begin when they are cleared and trained, on or after")
    _check_due("supervision_due", supervision_due, on)
    peer.state, peer.supervision_due = State.ACTIVE, supervision_due
    _cover(peer, wings)
    _step(peer, What.BEGAN, on, by)
    _save(peer)
    audit.record(by=by, action="peer.began", target=peer, on=on, wings=sorted(wing.pk for wing in wings))
    return peer


@transaction.atomic
def change(*, peer, version, supervised_by, supervision_due, wings, by):
    """Change who supervises a peer supporter, when next, and which wings he covers."""
    peer = _here(peer)
    _check_due("supervision_due", supervision_due, peer.proposed_on)
    changed = peer.change(version, supervised_by=supervised_by, supervision_due=supervision_due)
    _cover(peer, wings)
    peer.full_clean()
    peer.save()
    wings = sorted(wing.pk for wing in wings)
    audit.record(by=by, action="peer.changed", target=peer, changed=sorted(changed), wings=wings)
    return peer


@transaction.atomic
def suspend(*, peer, on, why, by):
    """Suspend a peer supporter, as after an incident. The same again changes nothing."""
    peer = _locked(peer)
    if peer.state == State.SUSPENDED and (peer.suspended_on, peer.suspended_why) == (on, why):
        return peer
    _check_move(peer, State.SUSPENDED)
    _check_day("on", on, _latest(peer), "This is on or after the day of the last step")
    peer.state, peer.suspended_on, peer.suspended_why = State.SUSPENDED, on, why
    _step(peer, What.SUSPENDED, on, by, note=why)
    _save(peer)
    audit.record(by=by, action="peer.suspended", target=peer, on=on)
    return peer


@transaction.atomic
def come_back(*, peer, on, by, note=""):
    """Let somebody who was suspended go on. The same again changes nothing."""
    peer = _locked(peer)
    if peer.state == State.ACTIVE and peer.steps.filter(what=What.CAME_BACK, on=on).exists():
        return peer
    if peer.state != State.SUSPENDED:
        raise _refused(peer)
    _check_day("on", on, _latest(peer), "This is on or after the day of the suspension")
    peer.state, peer.suspended_on, peer.suspended_why = State.ACTIVE, None, ""
    _step(peer, What.CAME_BACK, on, by, note=note)
    _save(peer)
    audit.record(by=by, action="peer.came_back", target=peer, on=on)
    return peer


@transaction.atomic
def stop(*, peer, on, why, by):
    """End somebody's work as a peer supporter, or that he is put forward. The same again changes nothing."""
    peer = _locked(peer)
    if peer.state == State.ENDED and (peer.ended_on, peer.end_why) == (on, why):
        return peer
    _check_move(peer, State.ENDED)
    _check_day("on", on, _latest(peer), "This is on or after the day of the last step")
    _end(peer, on, why, by)
    audit.record(by=by, action="peer.stopped", target=peer, on=on)
    return peer


@transaction.atomic
def supervise(*, peer, on, note, next_on, by, nonce=None):
    """Record a talk of the team with a peer supporter about his work, and when the next is."""
    nonce = nonce or uuid.uuid4()
    if made := Supervision.objects.made_once(nonce):
        return made
    peer = _locked(peer)
    if peer.state not in {State.ACTIVE, State.SUSPENDED}:
        raise _refused(peer)
    _check_day("on", on, peer.proposed_on, "Supervision is on or after the day the person was put forward")
    if next_on <= on:
        raise ValidationError({"next_on": "The next supervision is after this one."})
    _check_due("next_on", next_on, on)
    row = Supervision(
        peer=peer,
        person_id=peer.person_id,
        prison_id=peer.prison_id,
        on=on,
        by=by,
        note=note,
        next_on=next_on,
        recorded_at=timezone.now(),
        nonce=nonce,
    )
    row.full_clean()
    row.save()
    peer.supervision_due = next_on
    _save(peer)
    audit.record(by=by, action="peer.supervised", target=row, peer=peer.pk, on=on)
    return row


@transaction.atomic
def leave_prison(*, spells, at, by):
    """People left the prison: their work as peer supporters ends with it."""
    ended = {(spell.person_id, spell.prison_id): spell for spell in spells}
    rows = PeerSupporter.objects.live().filter(person__in={person for person, _ in ended})
    left = []
    for peer in rows.select_for_update(no_key=True).order_by("pk"):
        if spell := ended.get((peer.person_id, peer.prison_id)):
            day = max(timezone.localdate(spell.ended_at or at), peer.proposed_on)
            _end(peer, day, CustodySpell.End(spell.end).label if spell.end else "Left the prison", by)
            left.append(peer.pk)
    if left:
        audit.record(by=by, action="peer.left_prison", prison=spells[0].prison, peers=left)


@transaction.atomic
def move(*, removed, kept, journal, by):
    """Two numbers are one person: his work as a peer supporter moves to the one that is kept. Of two live ones the removed one's ends."""
    both = PeerSupporter.objects.live().filter(person__in=[removed, kept])
    for peer in both.filter(person=removed, prison__in=both.filter(person=kept).values("prison")):
        values = {"ended_on": timezone.localdate(), "end_why": "Recorded under another number"}
        values |= {"state": State.ENDED, "suspended_on": None, "suspended_why": ""}
        journal.change(PeerSupporter.objects.filter(pk=peer.pk), **values)
    moved = sum(journal.change(rows.filter(person=removed), person=kept) for rows in _tables())
    audit.record(by=by, action="peer.moved", target=kept, removed=removed.pk, count=moved)


@transaction.atomic
def move_back(*, removed, kept, journal, by):
    """They are two people after all: what ``move`` changed is put back."""
    models = [rows.model for rows in _tables()]
    journal.put_back(models)
    journal.check(models, [removed, kept])
    audit.record(by=by, action="peer.moved_back", target=removed, kept=kept.pk)


def _tables():
    return [model.objects.all() for model in [PeerSupporter, PeerWing, PeerStep, Supervision]]


def _locked(peer):
    return PeerSupporter.objects.select_for_update(of=["self"], no_key=True).select_related("person").get(pk=peer.pk)


def _here(peer):
    peer = _locked(peer)
    if peer.state == State.ENDED:
        raise _refused(peer)
    return peer


def _refused(peer):
    return ValidationError(f"{peer.person.name} {STANDS[peer.state]}, so this cannot be done.")


def _check_move(peer, to):
    if to not in PeerSupporter.MOVES[peer.state]:
        raise _refused(peer)


def _cover(peer, wings):
    """Wings from today: those that are new are added, those no longer named end."""
    today, keys = timezone.localdate(), {wing.pk for wing in wings}
    covered = PeerWing.objects.filter(peer=peer, until_on=None)
    known = set(covered.values_list("wing", flat=True))
    covered.exclude(wing__in=keys).update(until_on=today)
    PeerWing.objects.bulk_create(
        PeerWing(peer=peer, person_id=peer.person_id, prison_id=peer.prison_id, wing_id=key, from_on=today)
        for key in sorted(keys - known)
    )


def _step(peer, what, on, by, *, said_by="", note=""):
    row = PeerStep(
        peer=peer,
        person_id=peer.person_id,
        prison_id=peer.prison_id,
        what=what,
        on=on,
        said_by=said_by,
        note=note,
        by=by,
        at=timezone.now(),
    )
    row.full_clean()
    row.save()


def _save(peer):
    peer.version += 1
    peer.full_clean()
    peer.save()


def _end(peer, on, why, by):
    peer.state, peer.ended_on, peer.end_why = State.ENDED, on, why
    peer.suspended_on, peer.suspended_why, peer.supervision_due = None, "", None
    PeerWing.objects.filter(peer=peer, until_on=None).update(until_on=on)
    _step(peer, What.STOPPED, on, by, note=why)
    _save(peer)


def _latest(peer):
    """The last day on which something of this work happened."""
    return max(peer.steps.values_list("on", flat=True), default=peer.proposed_on)


def _check_due(name, day, since):
    if day and not since <= day <= timezone.localdate() + FURTHEST:
        raise ValidationError({name: "Give a day within a year, on or after the day before it."})


def _check_day(name, day, earliest, words):
    if day < earliest:
        raise ValidationError({name: f"{words}, {earliest:%-d %B %Y}."})
    if day > timezone.localdate():
        raise ValidationError({name: "This day is still to come. Enter today or an earlier day."})
