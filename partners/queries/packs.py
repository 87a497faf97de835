"""What a pack says."""

from django.db.models import Count, Max
from django.utils import timezone

from casework.models import Consent, LegalStatus, Location
from casework.queries.agencies import contact_of
from interventions.models import Contact, ContactType
from partners.formats import blocked, sections
from partners.queries import protocols
from referrals.models import Triage

# A prison names its kinds of contact itself; no person's name stands in one.
NOBODY = blocked.Names([], ("", ""))


def compose(handover, *, sender):
    """The content of the pack of ``handover`` (see ``partners.formats.pack``): what its writer said, and what the records know, as far
    as the person agrees today that it is told. While there is no consent the whole is composed, for the writer's own eyes.
    """
    said = handover.content
    known = _custody(handover)
    whole = {
        "pack": {"number": handover.reference, "amendment": 0},
        "recipient": {
            "agency": handover.agency.name,
            "contact": _contact(handover.agency),
        },
        "sender": _sender(handover, sender),
        **{
            name: said.get(name) for name in ("overdose_risk", "risks", "use", "clinical", "naloxone", "harm_reduction")
        },
        **{name: said.get(name) or None for name in ("appointment", "no_appointment_because")},
        "person": said.get("person", {}),
        "custody": {**known, **(said.get("custody") or {})},
        "treatment": {**_treatment(handover), **(said.get("treatment") or {})},
        "consents": consents(handover),
    }
    may_hold = protocols.agreed_sections(handover)
    return whole if may_hold is None else trimmed(whole, may_hold)


def trimmed(content, may_hold):
    """The content of a pack without the parts that are not among ``may_hold``; the pack says of each that it is not shared."""
    return {**sections.agreed(content, may_hold), "not_shared": sections.not_shared(may_hold)}


def _contact(agency):
    """Who takes it in, and where: the person named, and the mailbox or number of the agency."""
    named = contact_of(agency)
    return ", ".join(filter(None, [named and named.name, agency.mailbox or agency.phone])) or None


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
        .exclude(type__code__in=ContactType.INSIDE)
        .order_by("type__name")
        .values("type__name", "type__group")
        .annotate(count=Count("pk"), last=Max("at"))
    )
    contacts = [row for row in contacts if not blocked.find(row["type__name"], NOBODY)]
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


def consents(handover):
    """The consent for this agency and no other: whom else he told is none of its business."""
    mine = {"person": handover.person_id, "prison": handover.prison_id, "agency": handover.agency_id}
    live = Consent.objects.for_handover().live(timezone.localdate()).filter(**mine)
    protocol = protocols.latest(handover)
    purpose = f": {protocol.purpose}" if protocol else ""
    return [
        {
            "scope": f"Sharing with {handover.agency.name}{purpose}",
            "given_on": consent.asked_on.isoformat(),
            "expires_on": consent.expires_on.isoformat(),
        }
        for consent in live
    ]
