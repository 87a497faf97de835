"""Which keys of a pack, or of a handover's content, belong to which part that somebody may agree to share (Consent.Section).

What no part names is told with every handover: who it is, how to reach him, the release date, the first appointment or the reason why
there is none, who sends it, and the consent itself (docs/adr/0013).
"""

from casework.models import Consent

Section = Consent.Section
KEYS = {
    Section.CUSTODY: ["custody"],
    Section.USE: ["use", "chart"],
    Section.RISKS: ["overdose_risk", "risks"],
    Section.TREATMENT: ["treatment"],
    Section.CLINICAL: ["clinical"],
    Section.NALOXONE: ["naloxone", "harm_reduction"],
    Section.BLOOD_BORNE: ["blood_borne_viruses"],
}
# Of custody: without them nobody can be met at the gate.
ALWAYS = ["prison", "release_on"]


def agreed(content, sections):
    """``content`` without what belongs to a part that is not among ``sections``. Nothing of such a part stays, not that it was empty."""
    dropped = {key for section, keys in KEYS.items() if section not in sections for key in keys}
    kept = {key: value for key, value in content.items() if key not in dropped}
    if "custody" in dropped and (custody := content.get("custody")):
        kept["custody"] = {key: custody[key] for key in ALWAYS if key in custody}
    return kept


def not_shared(sections):
    """Codes of the parts that are kept back, as a pack names them."""
    return [section.value for section in KEYS if section not in sections]
