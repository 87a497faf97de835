"""Reads behind handovers: with whom somebody may be shared, what the records say, what still stands in the way."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Max, OuterRef, Prefetch, Q, Subquery
from django.utils import timezone

from casework.formats import numbers
from casework.models import (
    Agency,
    Allocation,
    Case,
    Consent,
    CustodySpell,
    FormerNumber,
    LegalStatus,
    Location,
    ReleaseDate,
    User,
)
from interventions.models import Contact
from partners.models import Handover, HandoverMove, Protocol
from referrals.models import Triage

HORIZON = 84
# Dates that the roll gives and on which nobody leaves the prison for good.
DIED = "This person is recorded as having died. No handover and no pack is made."


@dataclass
class Choice:
    """An agency, and either the consent and protocol that let somebody be handed over to it or why he cannot be."""

    agency: Agency
    consent: Consent | None = None
    protocol: Protocol | None = None
    why_not: str = ""


@dataclass
class Obstacle:
    """Something that keeps a handover from being sent. ``field``: where on the form it is mended, if it is there."""

    text: str
    field: str = ""


def choices(case, *, agency=None):
    """A ``Choice`` for each agency in the address book (or for ``agency`` alone) as things stand today for ``case``. Four queries."""
    today = timezone.localdate()
    agencies = [agency] if agency else list(Agency.objects.current())
    consents = {}
    for consent in Consent.objects.filter(person=case.person_id, prison=case.prison_id).order_by("recorded_at", "pk"):
        if not _lives(consents.get(consent.agency_id), today) or _lives(consent, today):
            consents[consent.agency_id] = consent
    protocols = {protocol.agency_id: protocol for protocol in _protocols(case.prison_id)}
    made = set(
        case.handovers.exclude(state=Handover.State.RECALLED).order_by("agency_id").values_list("agency_id", flat=True)
    )
    found = [Choice(each, consents.get(each.pk), protocols.get(each.pk)) for each in agencies]
    for choice in found:
        there = "There is a handover to this agency already." if choice.agency.pk in made else ""
        choice.why_not = there or _no_consent(choice.consent, today) or _no_protocol(choice.protocol, today)
    return found


def _protocols(prison_id):
    """The protocols of a prison, the open one of each agency after the ended ones."""
    return Protocol.objects.filter(prison=prison_id).order_by(F("ended_on").asc(nulls_last=True), "starts_on", "pk")


def _lives(consent, today):
    return bool(consent and consent.given and consent.withdrawn_at is None and consent.expires_on >= today)


def _no_consent(consent, today):
    if consent is None:
        return "The person has not been asked for consent."
    if not consent.given:
        return f"The person refused consent on {_day(consent.asked_on)}."
    if consent.withdrawn_at:
        return f"The person withdrew consent on {_day(timezone.localtime(consent.withdrawn_at))}."
    return "" if _lives(consent, today) else f"The person’s consent ran out on {_day(consent.expires_on)}."


def _no_protocol(protocol, today):
    if protocol is None:
        return "There is no protocol with this agency."
    if protocol.ended_on:
        return f"The protocol with this agency was ended on {_day(protocol.ended_on)}."
    if protocol.starts_on > today:
        return f"The protocol with this agency starts on {_day(protocol.starts_on)}."
    return "" if protocol.review_on >= today else f"The protocol with this agency lapsed on {_day(protocol.review_on)}."


def _day(value):
    return f"{value.day} {value:%B %Y}"


def has_died(person_id):
    """Whether any stay of this person in prison ended in death."""
    return CustodySpell.objects.filter(person=person_id, end=CustodySpell.End.DIED).exists()


def stands_in_the_way(handover):
    """What keeps ``handover`` from being made ready, or sent: a list of ``Obstacle``, the ones that cannot be mended first."""
    today = timezone.localdate()
    mine = {"person": handover.person_id, "prison": handover.prison_id, "agency": handover.agency_id}
    consents = Consent.objects.filter(**mine).order_by("-recorded_at", "-pk")
    protocol = _protocols(handover.prison_id).filter(agency=handover.agency_id).last()
    consent = next((each for each in consents if _lives(each, today)), consents.first())
    found = [DIED if has_died(handover.person_id) else "", _no_consent(consent, today), _no_protocol(protocol, today)]
    return [Obstacle(text) for text in found if text] + unanswered(handover.content) + blocked(handover)


def unanswered(content):
    """What a handover must say and ``content`` does not."""
    rules = [
        (
            content.get("appointment") or content.get("no_appointment_because"),
            "appointment_on",
            "Give an appointment, or the reason why there is none.",
        ),
        ((content.get("naloxone") or {}).get("answer"), "naloxone", "Answer whether naloxone was given."),
        (content.get("harm_reduction"), "harm_reduction", "Say which harm-reduction advice was given."),
    ]
    return [Obstacle(text, field) for answered, field, text in rules if not answered]


def blocked(handover):
    """Prison numbers in the writer's own words that are not the person's: somebody else's, who never agreed to anything."""
    person = handover.person
    own = {person.number, *FormerNumber.objects.filter(person=person).values_list("number", flat=True)}
    words = {section: part for section, part in handover.content.items() if section != "person"}
    found = dict.fromkeys(
        (section, number)
        for section, text in _texts(words, "")
        for number in numbers.prison_numbers_in(text)
        if numbers.normalise(number) not in own
    )
    return [
        Obstacle(
            f"“{number}” in {SECTIONS.get(section, (section,))[0]} is another person’s prison number. Take it out.",
            SECTIONS.get(section, ("", ""))[1],
        )
        for section, number in found
    ]


# Part of the content → what the form calls it, and its field.
SECTIONS = {
    "person": ("how to reach the person", "contact"),
    "custody": ("the release arrangements", "release_note"),
    "overdose_risk": ("the overdose risk", "overdose_risk"),
    "use": ("drug and alcohol use", "substance_1"),
    "risks": ("the risks", "risks"),
    "treatment": ("what was done and is wanted", "wants"),
    "clinical": ("the clinical summary", "clinical_summary"),
    "naloxone": ("naloxone", "naloxone_detail"),
    "harm_reduction": ("harm reduction", "harm_other"),
    "appointment": ("the appointment", "appointment_person"),
    "no_appointment_because": ("the reason for no appointment", "no_appointment_because"),
}


def _texts(part, section):
    if isinstance(part, str):
        yield section, part
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from _texts(value, section or name)
    elif isinstance(part, list):
        for value in part:
            yield from _texts(value, section)


def identity(person):
    """Who it is, as a handover keeps it: partners have no way to the person's own record."""
    born = person.date_of_birth
    return {"name": person.name, "number": person.number, "date_of_birth": born.isoformat() if born else None}


def compose(handover, *, sender):
    """The content of the pack of ``handover`` (see ``partners.formats.pack``): what its writer said, and what the records know."""
    said = handover.content
    known = _custody(handover)
    return {
        "pack": {"number": handover.reference, "amendment": 0},
        "recipient": {
            "agency": handover.agency.name,
            "contact": handover.agency.mailbox or handover.agency.phone or None,
        },
        "sender": _sender(handover, sender),
        **{
            name: said.get(name) for name in ("overdose_risk", "risks", "use", "clinical", "naloxone", "harm_reduction")
        },
        **{name: said.get(name) or None for name in ("appointment", "no_appointment_because")},
        "person": said.get("person", {}),
        "custody": {**known, **(said.get("custody") or {})},
        "treatment": {**_treatment(handover), **(said.get("treatment") or {})},
        "consents": _consents(handover),
    }


def _sender(handover, sender):
    return {
        "name": sender.full_name,
        "role": sender.get_role_display(),
        "team": f"Drug and alcohol team, {handover.prison.name}",
        "email": sender.email or None,
        "answer": "Sign in to Wingwalk and acknowledge this handover, or send a query there, within two working days.",
    }


def _custody(handover):
    spell = handover.case.spell
    location = Location.objects.filter(spell=spell, until_at=None).select_related("wing").first()
    status = LegalStatus.objects.filter(spell=spell, until_at=None).first()
    return {
        "prison": handover.prison.name,
        # The code alone: the name of a wing may say why somebody has to live there.
        "wing": f"{location.wing.code} wing" if location and location.wing else None,
        "received_on": spell.received_on.isoformat(),
        "legal_status": status.label if status else None,
        "release_on": handover.release_on.isoformat(),
    }


def _treatment(handover):
    case = handover.case
    seen = [Triage.Outcome.OPEN, Triage.Outcome.REPEAT]
    triage = Triage.objects.filter(referral__spell=case.spell_id, outcome__in=seen).first()
    contacts = (
        Contact.objects.took_place()
        .filter(case=case)
        .order_by("type__name")
        .values("type__name", "type__group")
        .annotate(count=Count("pk"), last=Max("at"))
    )
    return {
        "triaged_on": triage.done_on.isoformat() if triage else None,
        "contacts": [
            {
                "kind": row["type__name"],
                "count": row["count"],
                "last_on": timezone.localtime(row["last"]).date().isoformat(),
            }
            for row in contacts
            if not row["type__group"]
        ],
        "groups": [
            {"group": row["type__name"], "attended": f"{row['count']} session{'s' if row['count'] > 1 else ''}"}
            for row in contacts
            if row["type__group"]
        ],
    }


def _consents(handover):
    """The consent for this agency and no other: whom else he told is none of its business."""
    mine = {"person": handover.person_id, "prison": handover.prison_id, "agency": handover.agency_id}
    live = Consent.objects.live(timezone.localdate()).filter(**mine)
    protocol = _protocols(handover.prison_id).filter(agency=handover.agency_id).last()
    purpose = f": {protocol.purpose}" if protocol else ""
    return [
        {
            "scope": f"Sharing with {handover.agency.name}{purpose}",
            "given_on": consent.asked_on.isoformat(),
            "expires_on": consent.expires_on.isoformat(),
        }
        for consent in live
    ]


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
    allocations = Allocation.objects.filter(until_at=None).select_related("worker")
    return (
        cases.annotate(release_on=Subquery(soonest))
        .filter(release_on__lte=until)
        .select_related("person")
        .prefetch_related(Prefetch("handovers", handovers), Prefetch("allocations", allocations, to_attr="held"))
        .order_by("release_on", "pk")
    )


def coming(user, *, earlier=False):
    """What was handed over to the agency of ``user``: those due out or out for eight weeks at most, or else the earlier ones."""
    line = timezone.localdate() - timedelta(days=56)
    shared = Handover.objects.visible_to(user)
    if earlier:
        return shared.filter(release_on__lt=line).order_by("-release_on", "-pk")
    return shared.filter(release_on__gte=line).order_by("release_on", "pk")


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
        moved = moved.filter(after__in=[Handover.State.SENT, Handover.State.ACKNOWLEDGED, Handover.State.QUERIED])
    rows = list(moved.select_related("agency").order_by("at", "pk"))
    names = dict(
        User.objects.visible_to(user).filter(pk__in={row.by_id for row in rows}).values_list("pk", "full_name")
    )
    for row in rows:
        answer = row.after in {Handover.State.ACKNOWLEDGED, Handover.State.QUERIED}
        row.who = names.get(row.by_id, row.agency.name if answer else "The prison’s team")
    return rows


def told(handovers, packs, user):
    """``handovers``, each with its ``history`` (moves) and ``built`` (its packs that can be read)."""
    all_moves = moves(handovers, user)
    for handover in handovers:
        handover.history = [move for move in all_moves if move.handover_id == handover.pk]
        handover.built = [pack for pack in packs if pack.handover_id == handover.pk and pack.built_at]
    return handovers
