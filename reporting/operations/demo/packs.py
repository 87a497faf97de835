"""What a handover says and what its pack adds, in the shape that ``partners.formats.pack`` prints."""

import hashlib
from collections import Counter
from datetime import timedelta

from interventions.models import Contact
from partners.formats import pack as formats
from partners.models import Pack
from reporting.operations.demo import days, notes

ROUTES = {"Heroin": "Smoked", "Crack cocaine": "Smoked", "Spice": "Smoked", "Cannabis": "Smoked", "Cocaine": "Sniffed"}
WANTS = [
    "To stay off {drug} and see his children.",
    "To carry on with one-to-ones outside.",
    "A place on a group, and help with housing first.",
    "To go back to work within the first month.",
]
OUTSTANDING = ["Housing is not confirmed.", "Nothing.", "A letter to his GP.", "Proof of identity is being sorted out."]
CONTACT = ["By letter to his mother’s address.", "Telephone number to be given at the gate.", "Through probation."]
TRAVEL = ["Bus warrant given.", "Met at the gate by the agency.", "His brother drives him."]
RISKS = [
    ("Overdose in the first weeks", "Tolerance is low."),
    ("Low mood", "Worse in the evenings; knows whom to ring."),
    ("Alcohol withdrawal", "None in custody; take care if he drinks again."),
    ("No fixed address", "Housing appointment asked for."),
]
ADVICE = [
    "Overdose and lost tolerance",
    "Never using alone, and the recovery position",
    "Mixing with alcohol, tablets or methadone",
    "Needle exchange, and clean equipment",
]
REASONS = ["The agency rings him on the day of release.", "No slot before release; the agency writes to him."]


def begun(world, stay):
    """What the writer put into a draft on the first day."""
    rng, drug = world.rng, stay.drugs[0].lower()
    person = stay.person
    return {
        "person": {
            "name": person.name,
            "number": person.number,
            "date_of_birth": person.date_of_birth.isoformat(),
            "area": stay.area.name.removesuffix(" DIP").removesuffix(" Recovery Service"),
            "contact": rng.choice(CONTACT),
        },
        "overdose_risk": "High: opiates before custody, none now."
        if notes.OPIATES & set(stay.drugs)
        else "Raised, as for everybody in the first weeks.",
        "use": {
            "substances": [
                {
                    "substance": name,
                    "before": rng.choice(["Daily", "Most days", "At weekends"]),
                    "route": ROUTES.get(name),
                }
                for name in stay.drugs
            ],
            "tolerance": "Low after time in custody.",
        },
        "risks": [{"risk": risk, "detail": detail} for risk, detail in rng.sample(RISKS, rng.randint(1, 2))],
        "treatment": {
            "wants": rng.choice(WANTS).format(drug=drug),
            "summary": "Worked on triggers and on a plan for the first week.",
        },
        "clinical": None,
    }


def completed(world, stay, handover):
    """The rest, without which it is not ready."""
    rng, opiates = world.rng, notes.OPIATES & set(stay.drugs)
    said = handover.content
    said["treatment"]["outstanding"] = rng.choice(OUTSTANDING)
    said["custody"] = {
        "release_time": "09:30",
        "release_note": "May come forward by a day or two.",
        "licence": rng.choice(["Report to probation on the day of release.", "Licence to be explained at the gate."]),
        "offender_manager": "Duty practitioner, Merseyside Probation (fictional)",
    }
    said["naloxone"] = {"answer": "To be given at the gate" if opiates else "Not needed: no opioid use"}
    said["harm_reduction"] = rng.sample(ADVICE, rng.randint(2, 4))
    if world.chance(0.85):
        on = days.working_after(handover.release_on, rng.randint(0, 3))
        said["appointment"] = {
            "agency": handover.agency.name,
            "on": on.isoformat(),
            "time": rng.choice(["10:00", "11:30", "14:00", "15:30"]),
            "person": "Duty worker",
            "address": f"The {handover.agency.name} office (fictional)",
            "travel": rng.choice(TRAVEL),
            "if_missed": "Come the next morning, no appointment needed.",
        }
    else:
        said["no_appointment_because"] = rng.choice(REASONS)


def composed(world, stay, handover, by):
    """What the pack says: the writer's words, and what the records knew when it was made ready."""
    said, spell = handover.content, stay.spell
    known = {
        "prison": world.prison.name,
        "wing": f"{stay.wing} wing",
        "received_on": spell.received_on.isoformat(),
        "legal_status": stay.status.label,
        "release_on": handover.release_on.isoformat(),
    }
    return {
        **said,
        "recipient": {"agency": handover.agency.name, "contact": handover.agency.mailbox},
        "sender": {
            "name": by.full_name,
            "role": by.get_role_display(),
            "team": f"Drug and alcohol team, {world.prison.name}",
            "email": by.email,
            "answer": "Sign in to Wingwalk and acknowledge this handover, or send a query there, within two working days.",
        },
        "custody": {**known, **said["custody"]},
        "treatment": {**said["treatment"], **_treated(stay)},
        "consents": [
            {
                "scope": f"Sharing with {handover.agency.name}",
                "given_on": handover.consent.asked_on.isoformat(),
                "expires_on": handover.consent.expires_on.isoformat(),
            }
        ],
    }


def number(pack):
    """The number of a pack, which has the key of its handover in it, so that it is known last."""
    handover = pack.handover
    reference = f"{handover.prison.code}-{handover.made_at.year}-{handover.pk:04d}"
    pack.content = {**pack.content, "pack": {"number": reference, "amendment": pack.number - 1}}


def typeset(pack):
    """Build a pack here; the worker builds those that are left waiting."""
    pack.built_at = pack.asked_at + timedelta(seconds=20)
    pack.pdf = formats.typeset(pack.content, made_at=pack.built_at)
    pack.sha256 = hashlib.sha256(pack.pdf).hexdigest()
    pack.state, pack.attempts, pack.progress = Pack.State.BUILT, 1, 100


def _treated(stay):
    """What was done in this case so far."""
    held = [row for row in stay.contacts if row.case is stay.case and row.outcome == Contact.Outcome.TOOK_PLACE]
    counts = Counter(row.type.name for row in held if not row.type.group)
    last = {row.type.name: row.at.date().isoformat() for row in held}
    groups = Counter(row.note.split(".")[0] for row in held if row.type.group)
    return {
        "triaged_on": stay.triage.done_on.isoformat(),
        "contacts": [{"kind": kind, "count": counts[kind], "last_on": last[kind]} for kind in sorted(counts)],
        "groups": [{"group": name, "attended": _sessions(groups[name])} for name in sorted(groups)],
    }


def _sessions(count):
    return "1 session" if count == 1 else f"{count} sessions"
