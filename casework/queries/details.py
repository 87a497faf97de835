"""What the details page shows of a person: custody in this prison, alerts, cases, numbers."""

from dataclasses import dataclass

from casework.formats import numbers, reference
from casework.models import Alert, Case, CustodySpell, FormerNumber
from casework.queries.cases import staged

SECURITY = "D"  # not even shown: "do not share with offender" and the like stay where they came from


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
    alerts: list
    cases: list


def details(person, user, *, today):
    """Everything on the details page of ``person`` that ``user`` may see, in ten queries at most."""
    return Details(
        former_numbers=list(FormerNumber.objects.filter(person=person).order_by("-since")),
        pnc=Police(person.pnc, numbers.pnc(person.pnc, today=today).valid),
        cro=Police(person.cro, numbers.cro(person.cro).valid),
        ethnicity=reference.ethnicities().get(person.ethnicity, person.ethnicity),
        spells=_spells(person, user),
        alerts=_alerts(person, user),
        cases=_cases(person, user),
    )


def _spells(person, user):
    parts = ["locations__wing", "legal_statuses", "release_dates__recorded_by"]
    spells = list(CustodySpell.objects.visible_to(user).filter(person=person).prefetch_related(*parts))
    labels = {word: label for field, (kind, label) in reference.release_dates().items() for word in (field, kind)}
    for spell in spells:
        for date in spell.release_dates.all():
            date.label = labels.get(date.kind, date.kind.replace("_", " ").capitalize())
    return spells


def _alerts(person, user):
    known = reference.alerts()
    rows = [
        row
        for row in Alert.objects.filter(person=person, prison_id=user.prison_id).order_by("-from_at", "code")
        if SECURITY not in {row.kind, reference.alert_type(row.code)}
    ]
    for row in rows:
        meaning = known.get(row.code)
        row.label = meaning.label if meaning else f"Alert {row.code}"
        row.never_shared = reference.never_share(row.kind, row.code)
    return rows


def _cases(person, user):
    people = ["opened_by", "closed_by", "previous"]
    cases = staged(Case.objects.visible_to(user).filter(person=person)).select_related(*people)
    return list(cases.prefetch_related("allocations__worker"))
