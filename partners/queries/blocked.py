"""What stands in a handover and may not pass, in which of its parts."""

from dataclasses import dataclass

from django.db.models import Q

from casework.formats import numbers
from casework.models import Case, CustodySpell, FormerNumber, Person
from partners.formats import blocked as formats
from partners.models import WordsLeft

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
# Fields whose name on the form is not that of their part.
FIELDS = {
    "clinical": {"author": "clinical_author", "summary": "clinical_summary", "next_prescriber": "next_prescriber"},
    "appointment": {name: f"appointment_{name}" for name in ["agency", "person", "address", "travel", "if_missed"]},
}
ITSELF = {"person", "custody", "treatment"}  # their keys are the names of the fields
WHO = {"name", "number", "date_of_birth", "pnc"}  # of the person, added by the system
SAID = {
    WordsLeft.Kind.NUMBER: "“{words}” in {place} is another person’s prison number. Take it out.",
    WordsLeft.Kind.NAME: "“{words}” in {place} is the name of somebody else in this prison. Take it out.",
    WordsLeft.Kind.SECURITY: "“{words}” in {place} is security information. Say what to do instead, such as “see in pairs”.",
    WordsLeft.Kind.ACCT: "“{words}” in {place} says more about an ACCT than that it is open, or closed. Take the rest out.",
    WordsLeft.Kind.TEST: "“{words}” in {place} tells of a drug test. It needs permission.",
}


@dataclass(frozen=True)
class Mark:
    """Words that may not pass: in which ``section`` and ``field`` they stand, and ``found`` (``partners.formats.blocked.Found``)."""

    section: str
    field: str
    found: formats.Found

    @property
    def text(self):
        return SAID[self.found.kind].format(
            words=self.found.written, place=SECTIONS.get(self.section, (self.section,))[0]
        )

    @property
    def may_be_left(self):
        """Whether its writer may say why it is not what it looks like. Numbers are what they look like."""
        return self.found.kind != WordsLeft.Kind.NUMBER


def marks(handover, content=None):
    """Everything in ``content`` (else in what the handover says) that may not pass and was not left for a reason. Three queries."""
    person = handover.person
    own = {person.number, *FormerNumber.objects.filter(person=person).values_list("number", flat=True)}
    left = set(handover.words_left.values_list("kind", "words")) if handover.pk else set()
    people = names(person, handover.prison_id)
    marked = {}
    for section, field, text in texts(handover.content if content is None else content):
        for found in formats.find(text, people):
            if (found.kind, found.key) in left or _is_own(found, own):
                continue
            marked.setdefault((field, found.kind, found.written), Mark(section, field, found))
    return list(marked.values())


def names(person, prison_id):
    """Everybody on the roll of the prison or with an open case in it, but ``person``. One query, however many they are."""
    here = CustodySpell.objects.filter(prison=prison_id, ended_at=None).values("person")
    open_cases = Case.objects.filter(prison=prison_id, closed_on=None).values("person")
    people = Person.objects.filter(Q(pk__in=here) | Q(pk__in=open_cases)).exclude(pk=person.pk).order_by()
    return formats.Names(people.values_list("surname", "forenames"), (person.surname, person.forenames))


def texts(content):
    """(section, field, text) of everything that a writer typed into ``content``."""
    for section, part in content.items():
        if section == "person":
            part = {name: value for name, value in (part or {}).items() if name not in WHO}
        yield from _texts(section, (), part)


def _texts(section, path, part):
    if isinstance(part, str):
        yield section, _field(section, path), part
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from _texts(section, (*path, name), value)
    elif isinstance(part, list):
        for number, value in enumerate(part, 1):
            yield from _texts(section, (*path, number), value)


def _field(section, path):
    usual = SECTIONS.get(section, ("", ""))[1]
    if section == "use" and path:
        return f"{path[2]}_{path[1]}" if path[0] == "substances" else path[0]
    if section in ITSELF and len(path) == 1:
        return path[0]
    return FIELDS.get(section, {}).get(path[0] if path else "", usual)


def _is_own(found, own):
    if found.kind != WordsLeft.Kind.NUMBER:
        return False
    return all(numbers.normalise(number) in own for number in numbers.prison_numbers_in(found.written))
