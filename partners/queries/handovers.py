"""Reads behind handovers: what begins them, what still stands in the way, who moved them on."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import OuterRef, Prefetch, Q, Subquery
from django.utils import timezone

from casework.models import Allocation, Case, Consent, CustodySpell, ReleaseDate, User
from casework.queries.agencies import contact_of
from partners.formats import sections
from partners.models import Handover, HandoverMove
from partners.queries import blocked, clinical, protocols, releases
from referrals.models import Triage

HORIZON = 84
# What was done to a handover that came to a state, in the middle of a sentence.
DONE = {
    Handover.State.DRAFT: "taken back to a draft",
    Handover.State.READY: "made ready",
    Handover.State.SENT: "sent",
    Handover.State.ACKNOWLEDGED: "acknowledged",
    Handover.State.QUERIED: "queried",
    Handover.State.REFUSED: "refused",
    Handover.State.OFFERED: "given an appointment",
    Handover.State.KEPT: "recorded as kept",
    Handover.State.MISSED: "recorded as missed",
    Handover.State.CLOSED: "closed",
    Handover.State.RECALLED: "recalled",
}
DIED = "This person is recorded as having died. No handover and no pack is made."


@dataclass
class Obstacle:
    """Something that keeps a handover from being sent. ``field``: where on the form it is mended, if it is there."""

    text: str
    field: str = ""


def has_died(person_id):
    """Whether any stay of this person in prison ended in death."""
    return CustodySpell.objects.filter(person=person_id, end=CustodySpell.End.DIED).exists()


def stands_in_the_way(handover):
    """What keeps ``handover`` from being made ready, or sent: a list of ``Obstacle``, the ones that cannot be mended first."""
    found = [DIED if has_died(handover.person_id) else "", *protocols.lacking(handover)]
    if handover.state == Handover.State.READY:
        found.append(protocols.kept_back(handover))
    return [
        *(Obstacle(text) for text in found if text),
        *no_contact(handover),
        *unanswered(handover.content, _kept_back(handover)),
        *unconfirmed(handover),
        *{mark.text: Obstacle(mark.text, mark.field) for mark in blocked.marks(handover)}.values(),
    ]


def _kept_back(handover):
    """The parts that were taken out of a handover when it was sent: nothing is missing that is not shared."""
    return sections.not_shared(handover.sections) if handover.state in Handover.SHARED else []


def unanswered(content, kept_back=()):
    """What a handover must say and ``content`` does not, but for what belongs to parts that are ``kept_back``."""
    rules = [
        (
            content.get("appointment") or content.get("no_appointment_because"),
            "appointment_on",
            "Give an appointment, or the reason why there is none.",
        )
    ]
    if Consent.Section.NALOXONE not in kept_back:
        answer = (content.get("naloxone") or {}).get("answer")
        rules += [
            (answer, "naloxone", "Answer whether naloxone was given."),
            (content.get("harm_reduction"), "harm_reduction", "Say which harm-reduction advice was given."),
        ]
    return [Obstacle(text, field) for answered, field, text in rules if not answered]


def no_contact(handover):
    """An agency at which nobody is named who takes the handover in (domain.md 5.2)."""
    if contact_of(handover.agency):
        return []
    return [Obstacle("The agency has no point of contact. An administrator names one in the address book.")]


def unconfirmed(handover):
    """A clinical part that the clinical side does not stand by yet."""
    if clinical.confirmation(handover):
        return []
    said = "as it reads now" if handover.content.get("clinical") else "that there is nothing to say"
    return [Obstacle(f"Nobody of the clinical side confirmed the clinical part: {said}.", "clinical")]


def identity(person):
    """Who it is, as a handover keeps it: partners have no way to the person's own record."""
    born = person.date_of_birth
    return {"name": person.name, "number": person.number, "date_of_birth": born.isoformat() if born else None}


def substances(case):
    """What the last triage of this stay named, to begin the page on use with."""
    triage = Triage.objects.filter(referral__spell=case.spell_id).exclude(substances="").first()
    return [part.strip() for part in re.split(r"[,;\n]", triage.substances) if part.strip()] if triage else []


def next_release(spell):
    """The next date on which this stay may end, as the prison gave it."""
    return (
        ReleaseDate.objects.ahead(timezone.localdate()).filter(spell=spell).values_list("on", flat=True).first()
        if spell
        else None
    )


def due_out(user, *, within=HORIZON, mine=False):
    """Open cases whose person is due out within so many days, soonest first, each with ``release_on``, its handovers and its worker."""
    cases = Case.objects.visible_to(user).open().filter(spell__ended_at=None)
    if mine:
        cases = cases.held_by(user)
    soonest = ReleaseDate.objects.ahead(timezone.localdate()).filter(spell=OuterRef("spell_id")).values("on")[:1]
    until = timezone.localdate() + timedelta(days=within)
    handovers = Handover.objects.visible_to(user).select_related("agency").defer("content").order_by("made_at")
    handovers = releases.with_moves(handovers)
    allocations = Allocation.objects.filter(until_at=None).select_related("worker")
    return (
        cases.annotate(release_on=Subquery(soonest))
        .filter(release_on__lte=until)
        .select_related("person")
        .prefetch_related(Prefetch("handovers", handovers), Prefetch("allocations", allocations, to_attr="held"))
        .order_by("release_on", "pk")
    )


def after(rows, key, name="release_on", *, backwards=False):
    """The rows that follow the one with ``key`` (``2026-07-03_42``) in an order by ``name`` and key."""
    day, _, pk = (key or "").partition("_")
    try:
        day, pk = date.fromisoformat(day), int(pk)
    except ValueError:
        return rows
    side = "lt" if backwards else "gt"
    return rows.filter(Q(**{f"{name}__{side}": day}) | Q(**{name: day, f"pk__{side}": pk}))


def moves(handovers, user):
    """The moves of ``handovers``, oldest first, each with ``who``: accounts that ``user`` may not see are named by where they work."""
    moved = HandoverMove.objects.filter(handover__in=handovers)
    if user.is_partner:
        moved = moved.filter(after__in=Handover.SHARED)
    rows = list(moved.select_related("agency").order_by("at", "pk"))
    names = dict(
        User.objects.visible_to(user).filter(pk__in={row.by_id for row in rows}).values_list("pk", "full_name")
    )
    for row in rows:
        elsewhere = "the prison’s team" if user.is_partner and not row.link_id else row.agency.name
        row.who = names.get(row.by_id, elsewhere)
    return rows


def told(handovers, packs, user):
    """``handovers``, each with its ``history`` (moves) and ``built`` (its packs that can be read)."""
    all_moves = moves(handovers, user)
    for handover in handovers:
        handover.history = [move for move in all_moves if move.handover_id == handover.pk]
        handover.built = [pack for pack in packs if pack.handover_id == handover.pk and pack.built_at]
    return handovers
