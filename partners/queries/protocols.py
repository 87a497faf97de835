"""With whom somebody may be shared: consents and protocols as they stand today."""

from dataclasses import dataclass

from django.db.models import F
from django.utils import timezone

from casework.models import Agency, Consent
from partners.models import Handover, Protocol

FEWER = "The person agrees to fewer parts than the pack holds. Take it back to a draft and make it ready again."


@dataclass
class Choice:
    """An agency, and either the consent and protocol that let somebody be handed over to it or why he cannot be."""

    agency: Agency
    consent: Consent | None = None
    protocol: Protocol | None = None
    why_not: str = ""


def choices(case, *, agency=None):
    """A ``Choice`` for each agency in the address book (or for ``agency`` alone) as things stand today for ``case``. Four queries.

    The departments of the prison are none: nobody is handed over to them.
    """
    today = timezone.localdate()
    agencies = [agency] if agency else list(Agency.objects.current().exclude(kind__in=Agency.INWARD))
    consents = {}
    for consent in _consents(person=case.person_id, prison=case.prison_id).order_by("recorded_at", "pk"):
        if not _lives(consents.get(consent.agency_id), today) or _lives(consent, today):
            consents[consent.agency_id] = consent
    protocols = {}
    for protocol in _protocols(case.prison_id):
        protocols.setdefault(protocol.agency_id, []).append(protocol)
    made = set(
        case.handovers.exclude(state=Handover.State.RECALLED).order_by("agency_id").values_list("agency_id", flat=True)
    )
    found = [Choice(each, consents.get(each.pk), _standing(protocols.get(each.pk), today)) for each in agencies]
    for choice in found:
        there = "There is a handover to this agency already." if choice.agency.pk in made else ""
        choice.why_not = there or _no_consent(choice.consent, today) or _no_protocol(choice.protocol, today)
    return found


def lacking(handover):
    """What consent and protocol lack today for ``handover``, in words; nothing for the one that is in order."""
    today = timezone.localdate()
    mine = {"person": handover.person_id, "prison": handover.prison_id, "agency": handover.agency_id}
    consents = _consents(**mine).order_by("-recorded_at", "-pk")
    consent = next((each for each in consents if _lives(each, today)), consents.first())
    return [text for text in [_no_consent(consent, today), _no_protocol(latest(handover), today)] if text]


def why_none(cases):
    """``cases`` (of one prison, with their ``release_plan``) without a handover, each with ``why`` there is none, in words. Two queries."""
    today = timezone.localdate()
    rows = _consents(person__in={case.person_id for case in cases}, prison=cases[0].prison_id).select_related("agency")
    given = {}
    for consent in rows.order_by("recorded_at", "pk"):
        known = given.setdefault(consent.person_id, {})
        if not _lives(known.get(consent.agency_id), today) or _lives(consent, today):
            known[consent.agency_id] = consent
    passing = _protocols(cases[0].prison_id).in_force(today)
    open_to = {row.agency_id for row in passing if row.allows(Protocol.Item.OUT_HANDOVER)}
    for case in cases:
        case.why = _why_none(case, list(given.get(case.person_id, {}).values()), open_to, today)
    return cases


def _why_none(case, consents, open_to, today):
    agreed = [consent.agency for consent in consents if _lives(consent, today)]
    if not agreed:
        return _no_consent(max(consents, key=lambda one: (one.recorded_at, one.pk), default=None), today)
    open_agencies = [agency for agency in agreed if agency.pk in open_to]
    if not open_agencies:
        return f"No protocol lets a handover pass to {_names(agreed)}."
    plan = getattr(case, "release_plan", None)
    if len(open_agencies) > 1 and not (plan and plan.agency_id in {agency.pk for agency in open_agencies}):
        return f"The release plan does not say to which agency: {_names(open_agencies)}."
    return "Nothing stands in the way, and none was made."


def _names(agencies):
    return " or ".join(sorted(agency.name for agency in agencies))


def latest(handover):
    """The protocol that ``handover`` stands on: the one in force, else the last that lapsed or is to begin, else the last ended."""
    return _standing(_protocols(handover.prison_id).filter(agency=handover.agency_id), timezone.localdate())


def agreed_sections(handover):
    """The parts (Consent.Section) that the person agrees today to have told to the agency of ``handover``; None while he agrees to none
    being told at all.
    """
    mine = {"person": handover.person_id, "prison": handover.prison_id, "agency": handover.agency_id}
    return _consents(**mine).live(timezone.localdate()).values_list("sections", flat=True).first()


def kept_back(handover):
    """Why ``handover``, made ready earlier, may not go out as it is: he agrees to fewer parts now than it may hold. Else nothing."""
    parts = agreed_sections(handover)
    return "" if parts is None or set(handover.sections) <= set(parts) else FEWER


def may_answer(handover):
    """Whether the protocol in force lets the agency answer ``handover``."""
    return _allows(handover, Protocol.Item.IN_ANSWER)


def lets_handovers_pass(handover):
    """Whether the protocol in force lets handovers pass to the agency of ``handover``."""
    return _allows(handover, Protocol.Item.OUT_HANDOVER)


def _allows(handover, item):
    rows = _protocols(handover.prison_id).filter(agency=handover.agency_id).in_force(timezone.localdate())
    return any(protocol.allows(item) for protocol in rows)


def _standing(protocols, today):
    """Of the protocols with one agency the one that counts today. One that is renewed lets things pass until its own last day."""
    rows = list(protocols or [])
    now = [row for row in rows if row.ended_on is None and row.starts_on <= today <= row.review_on]
    begun = [row for row in rows if row.ended_on is None and row.starts_on <= today]
    return (now or begun or rows or [None])[-1]


def _consents(**whose):
    """Answers about the handover of care: no other consent lets anybody be handed over."""
    return Consent.objects.for_handover().filter(**whose)


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
    if protocol.review_on < today:
        return f"The protocol with this agency lapsed on {_day(protocol.review_on)}."
    return (
        "" if protocol.allows(Protocol.Item.OUT_HANDOVER) else "The protocol with this agency lets no handovers pass."
    )


def _day(value):
    return f"{value.day} {value:%B %Y}"
