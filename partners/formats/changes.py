"""What is different in one pack from the one before, in words for whoever reads the second."""

from partners.formats import pack

SHORT = 120  # characters of an answer that is said again, before and after
# Parts of a pack in the order in which they are told, with the names that the pack has for them. What is not named here says nothing
# about the person (who sends it, its number), or is told at the end of every pack (what was agreed).
NAMES = {
    ("custody", "release_on"): "Release date",
    ("custody", "release_time"): "Release time",
    ("custody", "release_note"): "How firm the release date is",
    ("appointment",): "First appointment",
    ("no_appointment_because",): "Reason why there is no appointment",
    ("person", "name"): "Name",
    ("person", "number"): "Prison number",
    ("person", "date_of_birth"): "Date of birth",
    ("person", "pnc"): "PNC number",
    ("person", "area"): "Area of return",
    ("person", "contact"): "Contact on release",
    ("custody", "prison"): "Prison",
    ("custody", "wing"): "Wing",
    ("custody", "received_on"): "In custody since",
    ("custody", "legal_status"): "Legal status",
    ("custody", "licence"): "Licence or other conditions",
    ("custody", "offender_manager"): "Offender manager",
    ("overdose_risk",): "Risk of overdose",
    ("naloxone",): "Naloxone",
    ("risks",): "Risks to know before meeting",
    ("use", "substances"): "Drug and alcohol use",
    ("use", "tolerance"): "Tolerance",
    ("treatment", "triaged_on"): "First seen (triage)",
    ("treatment", "assessed_on"): "Comprehensive assessment",
    ("treatment", "wants"): "What they want",
    ("treatment", "summary"): "What was done",
    ("treatment", "goals"): "Goals of the plan",
    ("treatment", "contacts"): "Contacts with the team",
    ("treatment", "groups"): "Groups and programmes",
    ("treatment", "outstanding"): "Still to do",
    ("clinical",): "Clinical summary",
    ("blood_borne_viruses",): "Blood-borne viruses",
    ("harm_reduction",): "Harm reduction given",
}


def told(before, after):
    """A line for each part of the pack that ``after`` says otherwise than ``before``; both as ``partners.formats.pack`` takes them."""
    before, after = pack.readable(before), pack.readable(after)
    pairs = ((name, _at(before, path), _at(after, path)) for path, name in NAMES.items())
    return "\n".join(_line(name, old, new) for name, old, new in pairs if old != new)


def _at(content, path):
    for part in path:
        content = content[part]
    return content or None


def _line(name, old, new):
    if name == NAMES["appointment",]:
        old, new = _appointment(old), _appointment(new)
    if new is None:
        return f"{name}: taken out."
    if isinstance(new, str) and len(new) <= SHORT:
        before = f", before: {old.rstrip('.')}" if isinstance(old, str) and 0 < len(old) <= SHORT else ""
        return f"{name}: {new.rstrip('.')}{before}."
    if isinstance(new, list):
        return f"{name}: {_listed(old or [], new)}."
    return f"{name}: {'added' if old is None else 'written anew'}."


def _appointment(value):
    """The whole of it on one line."""
    if value is None:
        return None
    when = f"{value['on']} at {value['time']}" if value["time"] else value["on"]
    further = "".join(f", {value[name]}" for name in ["person", "address", "travel", "if_missed"] if value[name])
    return " ".join(f"{when}, {value['agency']}{further}".split())


def _listed(old, new):
    """Which lines came and went, by what each begins with."""
    came, went = [_title(row) for row in new if row not in old], [_title(row) for row in old if row not in new]
    again = [title for title in came if title in went]
    parts = [
        ("changed", again),
        ("added", [title for title in came if title not in again]),
        ("taken out", [title for title in went if title not in again]),
    ]
    return "; ".join(f"{what} {', '.join(titles)}" for what, titles in parts if titles) or "in another order"


def _title(row):
    text = row if isinstance(row, str) else next(iter(row.values()))
    return text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"
