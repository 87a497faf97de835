"""Somebody is referred to an agency, and the agency answers: its own loop, beside and before a handover."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from casework import audit
from casework.models import Case, Notice
from casework.operations import mail
from partners.models import OutwardReferral
from partners.queries import handovers
from partners.queries import outward as queries

State = OutwardReferral.State
GONE = "This referral is no longer shared."
ANOTHER_NUMBER = "Recorded under another number."


@transaction.atomic
def make(*, person, agency, prison, why, by, nonce=None, at=None):
    """Refer ``person`` to ``agency``, which sees who he is and why while consent and protocol hold, and is asked for its answer."""
    nonce, at = nonce or uuid.uuid4(), at or timezone.now()
    if made := OutwardReferral.objects.made_once(nonce):
        return made
    if handovers.has_died(person.pk):
        raise ValidationError("This person is recorded as having died. Nobody is asked to take him on.")
    if not queries.agencies(person, prison.pk).filter(pk=agency.pk).exists():
        raise ValidationError({"agency": f"Consent or protocol does not let {agency} be told."})
    referral = OutwardReferral(
        person=person,
        prison=prison,
        case=Case.objects.open().filter(person=person, prison=prison).first(),
        agency=agency,
        identity=handovers.identity(person),
        why=why,
        made_by=by,
        made_at=at,
        nonce=nonce,
    )
    referral.full_clean()
    referral.save()
    told = {"kind": Notice.REFERRAL, "path": reverse("partners:referred"), "about": f"outward {referral.pk}"}
    mail.ask(**told, agency=agency, person=person, prison=prison, by=by, at=at)
    audit.record(by=by, action="outward.made", target=referral, agency=agency)
    return referral


@transaction.atomic
def answer(*, referral, accepted, by, words="", at=None):
    """The agency takes somebody on, or does not and says why; the team may write down what it was told."""
    after = State.ACCEPTED if accepted else State.REFUSED
    if not accepted and not words.strip():
        raise ValidationError({"words": "Say why not."})
    if taken := _taken(referral, after, by):
        _go(taken, after, by, words, at)
        audit.record(by=by, action="outward.answered", target=taken, answer=after)


@transaction.atomic
def withdraw(*, referral, why, by, at=None):
    """The team takes a referral back that waits for an answer; the agency sees it no more."""
    if taken := _taken(referral, State.WITHDRAWN, by):
        _go(taken, State.WITHDRAWN, by, why, at)
        audit.record(by=by, action="outward.withdrawn", target=taken, agency=taken.agency_id)


@transaction.atomic
def see(*, referral, by, at=None):
    """The team has looked at the answer of the agency. The same again changes nothing."""
    row = OutwardReferral.objects.select_for_update(of=["self"]).get(pk=referral.pk)
    if row.state == State.MADE:
        raise ValidationError("The agency has not answered yet.")
    if row.seen_at:
        return
    row.seen_by, row.seen_at = by, at or timezone.now()
    row.save(update_fields=["seen_by", "seen_at"])
    audit.record(by=by, action="outward.seen", target=row)


@transaction.atomic
def leave(*, spells, at, by):
    """Whoever died or went elsewhere is waited for by no agency any more. Who was released still is."""
    gone = [spell for spell in spells if spell.end in mail.GONE]
    if not gone:
        return
    rows = OutwardReferral.objects.select_for_update(of=["self"]).filter(state=State.MADE)
    rows = list(rows.filter(person__in=[spell.person_id for spell in gone], prison__in=[s.prison_id for s in gone]))
    for row in rows:
        _go(row, State.WITHDRAWN, by, "Has left the prison.", at)
    if rows:
        audit.record(by=by, action="outward.left", target=rows[0], referrals=[row.pk for row in rows])


@transaction.atomic
def move(*, removed, kept, journal, by):
    """Two numbers are one person: his referrals move to the one that is kept. Where an agency was asked twice, it answers once."""
    asked = OutwardReferral.objects.filter(person=kept, state=State.MADE)
    twice = OutwardReferral.objects.filter(person=removed, state=State.MADE, agency__in=asked.values("agency"))
    for row in twice:
        _go(row, State.WITHDRAWN, by, ANOTHER_NUMBER, None)
    count = journal.change(OutwardReferral.objects.filter(person=removed), person=kept)
    audit.record(by=by, action="outward.moved", target=kept, removed=removed.pk, count=count)


@transaction.atomic
def move_back(*, removed, kept, journal, by):
    """They are two people after all: what ``move`` changed is put back."""
    journal.put_back([OutwardReferral])
    journal.check([OutwardReferral], [removed, kept])
    audit.record(by=by, action="outward.moved_back", target=removed, kept=kept.pk)


def _taken(referral, after, by):
    """The referral under lock, about to go to ``after``; None where ``by`` brought it there just now, by a double click."""
    rows = OutwardReferral.objects.select_for_update(of=["self"])
    if (found := rows.filter(pk=referral.pk).first()) is None:
        raise ValidationError(GONE)
    if after in OutwardReferral.MOVES[found.state]:
        return found
    if found.state == after and found.answered_by_id == by.pk:
        return None
    raise ValidationError(f"This referral is {found.get_state_display().lower()} already.")


def _go(row, after, by, words, at):
    values = {"state": after, "answer": words, "answered_by": by, "answered_at": at or timezone.now()}
    if not by.is_partner:  # What the team writes down itself it knows.
        values |= {"seen_by": by, "seen_at": values["answered_at"]}
    row.change(None, **values)
    row.save(update_fields=[*values, "version"])
