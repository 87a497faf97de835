"""Every write of the front door."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import Case, CustodySpell
from casework.operations import case as cases
from referrals.models import Referral, Source, Triage

Outcome = Triage.Outcome


@transaction.atomic
def make(*, person, source, received_on, reason, by, referrer="", urgency=Referral.Urgency.ORDINARY, nonce=None):
    """Ask the team to see ``person``. One who waits already is not counted again: the new referral repeats the first."""
    nonce = nonce or uuid.uuid4()
    if made := Referral.objects.made_once(nonce):
        return made
    spell = _spell_on_roll(person, by)
    _check_day_received(received_on, spell=spell, source=source)
    waiting = Referral.objects.waiting().filter(person=person, prison=spell.prison).select_for_update().first()
    referral = Referral(
        person=person,
        prison=spell.prison,
        spell=spell,
        source=source,
        referrer=referrer,
        received_on=received_on,
        reason=reason,
        urgency=urgency,
        repeat_of=waiting,
        made_by=by,
        made_at=timezone.now(),
        nonce=nonce,
    )
    referral.full_clean()
    referral.save()
    audit.record(by=by, action="referral.made", target=referral, source=source.code, repeat_of=waiting)
    return referral


@transaction.atomic
def triage(*, referral, outcome, done_on, by, substances="", needs="", worker=None):
    """Answer a referral, once. ``OPEN`` opens a case, held by ``worker`` where one is named. Its repeats are answered with it."""
    spell = _spell_now(referral)
    referral = Referral.objects.select_for_update(of=["self"]).select_related("person", "prison").get(pk=referral.pk)
    done = Triage(
        referral=referral,
        person=referral.person,
        prison=referral.prison,
        outcome=outcome,
        substances=substances,
        needs=needs,
        done_on=done_on,
        done_by=by,
        recorded_at=timezone.now(),
    )
    if referral.triaged_at:
        return _the_first(done)
    case = Case.objects.open().filter(person=referral.person, prison=referral.prison).first()
    _check_day_done(done)
    _check_outcome(done, case=case, spell=spell)
    done.full_clean()
    done.save()
    if outcome == Outcome.OPEN:
        case = cases.open(person=referral.person, spell=spell, opened_on=done_on, worker=worker, by=by)
    for answered in [referral, *referral.repeats.filter(triaged_at=None)]:
        answered.triaged_at, answered.case = done.recorded_at, case
        answered.save(update_fields=["triaged_at", "case"])
    audit.record(by=by, action="referral.triaged", target=referral, outcome=outcome, case=case)
    return done


@transaction.atomic
def close_unseen(*, spells, at, by):
    """People left whom nobody had seen yet: what waits for them is answered, and counts as no assessment."""
    people, prisons = {spell.person_id for spell in spells}, {spell.prison_id for spell in spells}
    referrals = Referral.objects.filter(person__in=people, prison__in=prisons, triaged_at=None)
    referrals = referrals.select_for_update().order_by("pk")
    waiting = list(referrals)
    Triage.objects.bulk_create(
        Triage(
            referral=referral,
            person_id=referral.person_id,
            prison_id=referral.prison_id,
            outcome=Outcome.LEFT,
            needs="Left before being seen.",
            done_on=max(timezone.localdate(at), referral.received_on),
            done_by=by,
            recorded_at=at,
        )
        for referral in waiting
        if referral.repeat_of_id is None
    )
    Referral.objects.filter(pk__in=[referral.pk for referral in waiting]).update(triaged_at=at)
    if waiting:
        audit.record(by=by, action="referral.left", prison=waiting[0].prison, referrals=[row.pk for row in waiting])


@transaction.atomic
def move(*, removed, kept, spells, at, by):
    """Two numbers are one person: referrals move to the one that is kept, and of two that wait the later repeats the first."""
    waiting = Referral.objects.filter(person__in=[removed, kept], triaged_at=None, repeat_of=None).select_for_update()
    first = {}
    for referral in waiting.order_by("received_on", "pk"):
        if (earlier := first.setdefault(referral.prison_id, referral)) != referral:
            referral.repeats.update(repeat_of=earlier)
            referral.repeat_of = earlier
            referral.save(update_fields=["repeat_of"])
    for closed, goes_on in spells.items():
        Referral.objects.filter(spell=closed, triaged_at=None).update(spell=goes_on)
    moved = Referral.objects.filter(person=removed).update(person=kept)
    Triage.objects.filter(person=removed).update(person=kept)
    audit.record(by=by, action="referral.moved", target=kept, removed=removed.pk, count=moved)


def _spell_on_roll(person, by):
    """The spell that a referral belongs to, held fast: of two made at once, the second sees the first."""
    spells = CustodySpell.objects.on_roll().filter(person=person)
    if by.prison_id:
        spells = spells.filter(prison_id=by.prison_id)
    spell = spells.select_for_update(of=["self"], no_key=True).select_related("prison", "person").first()
    if spell is None:
        raise ValidationError(
            f"{person.name} is not on the roll, so cannot be referred. If that is wrong, ask for today’s roll to be imported.",
            code="not_on_roll",
        )
    return spell


def _spell_now(referral):
    """The spell in which the person is here now, or None. Spells are locked before referrals, as in ``make``."""
    spells = CustodySpell.objects.filter(person=referral.person_id, prison=referral.prison_id)
    spells = spells.select_for_update(no_key=True).order_by("pk")
    return next((spell for spell in spells if spell.ended_at is None), None)


def _check_day_received(day, *, spell, source):
    """People outside may refer somebody before he arrives. Nobody refers in the future, or somebody not yet born."""
    person = spell.person
    if day > timezone.localdate():
        raise ValidationError({"received_on": "The day it was received cannot be in the future."})
    if person.date_of_birth and day <= person.date_of_birth:
        raise ValidationError({"received_on": f"{person.name} was born on {person.date_of_birth:%-d %B %Y}."})
    if day < spell.received_on and source.group != Source.Group.EXTERNAL:
        came = f"{person.name} came to {spell.prison} on {spell.received_on:%-d %B %Y}"
        raise ValidationError({"received_on": f"{came}. Only people outside can refer before that."})


def _the_first(second):
    """The triage that is there already, when the same person sent the same answers twice; else say whose came first."""
    first = (
        Triage.objects.select_related("done_by").filter(referral__in=[second.referral, second.referral.repeat_of]).get()
    )
    answers = ["outcome", "substances", "needs", "done_on", "done_by_id"]
    if all(getattr(first, name) == getattr(second, name) for name in answers):
        return first
    raise ValidationError(
        f"{first.done_by} has triaged this referral already: {first.result.lower()}. Your answers were not saved.",
        code="triaged",
    )


def _check_day_done(done):
    received_on = done.referral.received_on
    if done.done_on > timezone.localdate():
        raise ValidationError({"done_on": "The day of the triage cannot be in the future."})
    if done.done_on < received_on:
        raise ValidationError({"done_on": f"The referral was received on {received_on:%-d %B %Y}. Triage comes after."})


def _check_outcome(done, *, case, spell):
    name = done.person.name
    if done.referral.repeat_of_id:
        raise ValidationError("This referral repeats an earlier one. Triage that one.", code="repeat")
    if done.outcome == Outcome.REPEAT and case is None:
        raise ValidationError({"outcome": f"{name} has no open case. Choose another outcome."})
    if done.outcome == Outcome.OPEN and case:
        raise ValidationError({"outcome": f"{name} has an open case. Choose “{Outcome.REPEAT.label}”."})
    if done.outcome == Outcome.OPEN and spell is None:
        raise ValidationError({"outcome": f"{name} has left the prison. Choose “{Outcome.LEFT.label}”."})
    if done.outcome == Outcome.OPEN and done.done_on < spell.received_on:
        raise ValidationError(
            {"done_on": f"{name} came here on {spell.received_on:%-d %B %Y}. A case opens then or later."}
        )
    if done.outcome != Outcome.OPEN and not done.needs.strip():
        raise ValidationError({"needs": "Say in a few words why no case is opened."})
