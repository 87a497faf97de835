"""Walks of visitors along the wings: written down at once, and then taken up by who knows whose number it is."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit, events
from casework.models import CustodySpell, Person
from partners.models import KeyHolder, Protocol, WingVisit, WingVisitLine
from partners.operations import outward
from partners.queries import handovers
from partners.queries import outward as referrals

# Somebody met on his wing counts as internal, as on a wing round of the team.
SOURCE = "WING"
What, WaitsFor = WingVisitLine.What, WingVisitLine.WaitsFor


@transaction.atomic
def write(*, visitor, wing, on, rows, by, nonce=None):
    """Write down whom ``visitor`` saw on ``wing`` on the day ``on``: a line for each of ``rows``, all or none.

    A row: ``number`` as it was typed, ``planned``, ``what`` (of ``WingVisitLine.What``), ``note``; ``person``: whose it is, where the
    team writes. What an agency writes is taken up by the worker.
    """
    nonce = nonce or uuid.uuid4()
    if made := WingVisit.objects.made_once(nonce):
        return made
    if not rows:
        raise ValidationError("Say of at least one person what came of it.", code="nobody")
    _check(KeyHolder.objects.select_related("agency").get(pk=visitor.pk), on)
    made = WingVisit(
        prison_id=visitor.prison_id,
        agency_id=visitor.agency_id,
        visitor=visitor,
        wing=wing,
        on=on,
        recorded_by=by,
        recorded_at=timezone.now(),
        nonce=nonce,
    )
    made.full_clean()
    made.save()
    lines = WingVisitLine.objects.bulk_create([_line(made, row, place) for place, row in enumerate(rows)])
    if not by.is_partner:
        for line, row in zip(lines, rows, strict=True):
            _take_up(line, row["person"], by)
    audit.record(by=by, action="visit.written", target=made, visitor=visitor.pk, wing=wing, lines=len(lines))
    return made


@transaction.atomic
def take_up(*, line_id, by):
    """Find whose number a line says, and do what it asks for; once, and by one worker alone."""
    waiting = WingVisitLine.objects.select_for_update(of=["self"], skip_locked=True).filter(taken_up_at=None)
    line = waiting.select_related("visit__visitor", "visit__wing", "agency", "prison").filter(pk=line_id).first()
    if line:
        _take_up(line, _whose(line), by)
        audit.record(by=by, action="visit.line_taken_up", target=line, what=line.what, waits_for=line.waits_for)


@transaction.atomic
def settle(*, line, by, person=None):
    """The team has looked at a line that waited for it. ``person``: whose number was meant, so that what it asks for is done."""
    lines = WingVisitLine.objects.select_for_update(of=["self"])
    line = lines.select_related("visit__visitor", "visit__wing", "agency", "prison").get(pk=line.pk)
    if not line.waits_for or line.settled_at:
        raise ValidationError("Somebody has looked at this already.")
    if person:
        _take_up(line, person, by)
    if not person or not line.waits_for:
        line.settled_at, line.settled_by = timezone.now(), by
        line.save(update_fields=["settled_at", "settled_by"])
    audit.record(by=by, action="visit.line_settled", target=line, waits_for=line.waits_for)
    return line


@transaction.atomic
def move(*, removed, kept, journal, by):
    """Two numbers are one person: what visitors wrote of him moves to the one that is kept."""
    count = journal.change(WingVisitLine.objects.filter(person=removed), person=kept)
    audit.record(by=by, action="visit.lines_moved", target=kept, removed=removed.pk, count=count)


@transaction.atomic
def move_back(*, removed, kept, journal, by):
    """They are two people after all: what ``move`` changed is put back."""
    journal.put_back([WingVisitLine])
    journal.check([WingVisitLine], [removed, kept])
    audit.record(by=by, action="visit.lines_moved_back", target=removed, kept=kept.pk)


def _check(visitor, on):
    today = timezone.localdate()
    if on > today:
        raise ValidationError({"on": "This day is still to come."})
    if why_not := visitor.why_not_on(on):
        raise ValidationError({"on": why_not})
    protocols = Protocol.objects.in_force(today).filter(prison=visitor.prison_id, agency=visitor.agency_id)
    if not protocols.filter(items__contains=[Protocol.Item.IN_VISITS]).exists():
        raise ValidationError(f"No protocol with {visitor.agency} lets it tell us whom its visitors saw.")


def _line(visit, row, place):
    return WingVisitLine(
        visit=visit,
        prison_id=visit.prison_id,
        agency_id=visit.agency_id,
        number=row["number"],
        planned=row["planned"],
        what=row["what"],
        note=row["note"],
        nonce=uuid.uuid5(visit.nonce, str(place)),
    )


def _whose(line):
    """The person here whose number it is, or was."""
    people = Person.objects.filter(prison_ids__contains=[line.prison_id], merged_into=None)
    return people.filter(number=line.number).first() or people.filter(former_numbers__number=line.number).first()


def _take_up(line, person, by):
    line.person, line.taken_up_at, line.waits_for = person, timezone.now(), ""
    if person is None:
        line.waits_for = WaitsFor.NUMBER
    elif line.what == What.TAKEN_AWAY:
        line.waits_for = _refer_away(line, by)
    elif line.what == What.TO_US:
        line.waits_for = _refer_to_us(line, by)
    line.save(update_fields=["person", "taken_up_at", "waits_for", "outward"])


def _refer_away(line, by):
    """The agency took a referral away: it is one of its own, with its own answer, or the one that waits there already."""
    if handovers.has_died(line.person_id):
        return WaitsFor.ROLL
    if not referrals.agencies(line.person, line.prison_id).filter(pk=line.agency_id).exists():
        return WaitsFor.CONSENT
    line.outward = referrals.standing(line.person, line.agency) or outward.make(
        person=line.person,
        agency=line.agency,
        prison=line.prison,
        why=line.note or f"Taken away by {line.visit.visitor} from a walk on the wing.",
        nonce=uuid.uuid5(line.nonce, "outward"),
        by=by,
    )
    return ""


def _refer_to_us(line, by):
    if not CustodySpell.objects.on_roll().filter(person=line.person, prison=line.prison_id).exists():
        return WaitsFor.ROLL
    visitor = line.visit.visitor
    events.referral_wanted.send(
        sender=Person,
        person=line.person,
        source=SOURCE,
        reason=f"Met by {visitor} of {line.agency} on a walk along the wing. {line.note}".strip(),
        referrer=f"{visitor}, {line.agency}"[:120],
        nonce=uuid.uuid5(line.nonce, "referral"),
        by=by,
    )
    return ""
