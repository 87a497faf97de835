"""The answers of a person: for each agency and purpose, and for the national statistics."""

from dataclasses import dataclass

from django.shortcuts import get_object_or_404
from django.utils import timezone

from casework.models import Agency, Consent, ConsentWording


@dataclass
class Standing:
    """What stands for one agency and purpose: the newest ``answer``, and ``earlier`` ones. The national statistics have no ``agency``."""

    agency: Agency | None
    purpose: str
    answer: Consent
    earlier: list

    @property
    def subject(self):
        return self.answer.subject


def standings(person, user, *, today):
    """What the person answered about each agency and purpose, each answer with its ``state`` on ``today``; one query.

    The answer about the national statistics comes last.
    """
    rows = Consent.objects.visible_to(user).filter(person=person)
    found = {}
    for row in rows.select_related("agency", "asked_by", "recorded_by", "withdrawn_by"):
        row.state = row.state_on(today)
        found.setdefault((row.agency, row.purpose), []).append(row)
    standing = [Standing(agency, purpose, rows[0], rows[1:]) for (agency, purpose), rows in found.items()]
    return sorted(standing, key=_place)


def _place(standing):
    agency = standing.agency
    return agency is None, agency.name.casefold() if agency else "", Consent.Purpose.values.index(standing.purpose)


def wording(kind):
    """The words in which people are asked today."""
    return ConsentWording.objects.current(kind)


def shown(kind, form):
    """The words that stand above ``form``: those it was opened with, whatever has been taken into use since."""
    return ConsentWording.objects.shown(kind, form["wording"].value())


def versions():
    """(kind, every version of it so far with the newest, which is in force, first), for each kind."""
    rows = list(ConsentWording.objects.filter(from_on__lte=timezone.localdate()))
    return [(kind, [row for row in rows if row.kind == kind]) for kind in ConsentWording.Kind]


def wordings():
    """Today's words of each kind, by its name."""
    return {kind: ConsentWording.objects.current(kind) for kind in ConsentWording.Kind.values}


def version(name):
    """The words of the version with this name, or 404."""
    return get_object_or_404(ConsentWording, version=name)
