"""Referrals: made, closed when the person leaves, moved when two records are one person."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from casework import audit
from casework.models import CustodySpell, Location
from referrals.models import Attempt, Claim, Hold, Offer, Referral, Sign, Slip, Source, Triage, Want

MOVING = [Referral, Triage, Claim, Attempt, Hold, Offer, Slip]


@transaction.atomic
def make(
    *,
    person,
    source,
    received_on,
    reason,
    by,
    referrer="",
    urgency=Referral.Urgency.ORDINARY,
    wants=(),
    signs=(),
    office="",
    nonce=None,
):
    """Ask the team to see ``person``. One who waits already is not counted again: the new referral repeats the first.

    ``wants`` and ``signs`` are codes of what was ticked. Where the person was that day is kept with it; from outside, the ``office``.
    """
    nonce = nonce or uuid.uuid4()
    if made := Referral.objects.made_once(nonce):
        return made
    spell = _spell_on_roll(person, by)
    _check_day_received(received_on, spell=spell, source=source)
    _check_ticks(wants, signs, source=source)
    waiting = Referral.objects.waiting().filter(person=person, prison=spell.prison).select_for_update().first()
    referral = Referral(
        person=person,
        prison=spell.prison,
        spell=spell,
        source=source,
        referrer=referrer,
        received_on=received_on,
        reason=reason,
        wants=list(wants),
        signs=list(signs),
        urgency=urgency,
        repeat_of=waiting,
        made_by=by,
        made_at=timezone.now(),
        nonce=nonce,
        **_came_from(spell, received_on, source=source, office=office),
    )
    referral.full_clean()
    referral.save()
    audit.record(by=by, action="referral.made", target=referral, source=source.code, repeat_of=waiting)
    return referral


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
            outcome=Triage.Outcome.LEFT,
            needs="Left before being seen.",
            done_on=max(timezone.localdate(at), referral.received_on),
            done_by=by,
            recorded_at=at,
        )
        for referral in waiting
        if referral.repeat_of_id is None
    )
    Referral.objects.filter(pk__in=[referral.pk for referral in waiting]).update(triaged_at=at)
    Claim.objects.filter(referral__in=waiting, until_at=None).update(until_at=at, ended_by=by)
    Hold.objects.filter(referral__in=waiting, lifted_at=None).update(lifted_at=at, lifted_by=by)
    if waiting:
        audit.record(by=by, action="referral.left", prison=waiting[0].prison, referrals=[row.pk for row in waiting])


@transaction.atomic
def move(*, removed, kept, spells, journal, at, by):
    """Two numbers are one person: referrals move to the one that is kept, and of two that wait the later repeats the first."""
    waiting = Referral.objects.filter(person__in=[removed, kept], triaged_at=None, repeat_of=None).select_for_update()
    first = {}
    for referral in waiting.order_by("received_on", "pk"):
        if (earlier := first.setdefault(referral.prison_id, referral)) != referral:
            repeats = Referral.objects.filter(Q(pk=referral.pk) | Q(repeat_of=referral))
            journal.change(repeats, repeat_of=earlier)
            journal.change(Claim.objects.filter(referral=referral, until_at=None), until_at=at, ended_by=by)
            journal.change(Hold.objects.filter(referral=referral, lifted_at=None), lifted_at=at, lifted_by=by)
    for closed, goes_on in spells.items():
        journal.change(Referral.objects.filter(spell=closed, triaged_at=None), spell=goes_on)
    moved = journal.change(Referral.objects.filter(person=removed), person=kept)
    for model in MOVING[1:]:
        journal.change(model.objects.filter(person=removed), person=kept)
    audit.record(by=by, action="referral.moved", target=kept, removed=removed.pk, count=moved)


@transaction.atomic
def move_back(*, removed, kept, journal, by):
    """They are two people after all: what ``move`` changed is put back."""
    journal.put_back(MOVING)
    journal.check(MOVING, [removed, kept])
    audit.record(by=by, action="referral.moved_back", target=removed, kept=kept.pk)


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


def _came_from(spell, day, *, source, office):
    """Where a referral came from: the ``office`` outside, or where the person was located at the end of ``day``."""
    if source.group == Source.Group.EXTERNAL:
        return {"office": office}
    places = Location.objects.filter(spell=spell, whereabouts=Location.Whereabouts.IN, from_at__date__lte=day)
    place = places.order_by("-from_at", "-pk").first()
    return {"wing_id": place.wing_id, "cell": place.cell} if place else {}


def _check_ticks(wants, signs, *, source):
    """Codes that are not in the catalogue are refused, and signs that go with another source."""
    unknown = set(wants) - set(Want.objects.filter(code__in=wants).values_list("code", flat=True))
    if unknown:
        raise ValidationError({"wants": f"There is nothing with the code {', '.join(sorted(unknown))} to choose."})
    known = {sign.code: sign for sign in Sign.objects.filter(code__in=signs).select_related("source")}
    for code in signs:
        if code not in known:
            raise ValidationError({"signs": f"There is nothing with the code {code} to choose."})
        if known[code].source_id not in (None, source.pk):
            raise ValidationError({"signs": f"“{known[code]}” goes with “{known[code].source}” only."})
