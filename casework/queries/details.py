"""What the details page shows of a person: custody in this prison, cases, numbers."""

from dataclasses import dataclass

from django.db.models import Prefetch

from casework.formats import numbers, reference
from casework.models import Case, CourtDate, CustodySpell, FormerNumber
from casework.queries.cases import staged


@dataclass
class Police:
    """A PNC or CRO number as stored, and whether its letter fits."""

    value: str
    valid: bool


@dataclass
class Details:
    """The parts of the page; each list is newest first."""

    former_numbers: list
    pnc: Police
    cro: Police
    ethnicity: str
    spells: list
    cases: list


def details(person, user, *, today):
    """Everything on the details page of ``person`` that ``user`` may see, in ten queries at most."""
    return Details(
        former_numbers=list(
            FormerNumber.objects.filter(person=person).exclude(number=person.number).order_by("-since")
        ),
        pnc=Police(person.pnc, numbers.pnc(person.pnc, today=today).valid),
        cro=Police(person.cro, numbers.cro(person.cro).valid),
        ethnicity=reference.ethnicities().get(person.ethnicity, person.ethnicity),
        spells=_spells(person, user),
        cases=_cases(person, user),
    )


def _spells(person, user):
    court_dates = CourtDate.objects.filter(withdrawn_at=None).select_related("recorded_by")
    parts = [
        "locations__wing",
        "legal_statuses",
        "release_dates__recorded_by",
        Prefetch("court_dates", court_dates, to_attr="at_court"),
    ]
    spells = list(CustodySpell.objects.visible_to(user).filter(person=person).prefetch_related(*parts))
    labels = {word: label for field, (kind, label) in reference.release_dates().items() for word in (field, kind)}
    for spell in spells:
        for date in spell.release_dates.all():
            date.label = labels.get(date.kind, date.kind.replace("_", " ").capitalize())
    return spells


def _cases(person, user):
    people = ["opened_by", "closed_by", "previous"]
    cases = staged(Case.objects.visible_to(user).filter(person=person)).select_related(*people)
    return list(cases.prefetch_related("allocations__worker"))
