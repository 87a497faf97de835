"""The answers of a person, agency by agency."""

from dataclasses import dataclass

from casework.models import Agency, Consent


@dataclass
class Standing:
    """What stands for one agency: the newest ``answer``, and ``earlier`` ones."""

    agency: Agency
    answer: Consent
    earlier: list


def standings(person, user, *, today):
    """What the person answered about each agency, each answer with its ``state`` on ``today``; one query."""
    rows = Consent.objects.visible_to(user).filter(person=person)
    agencies = {}
    for row in rows.select_related("agency", "recorded_by", "withdrawn_by"):
        row.state = row.state_on(today)
        agencies.setdefault(row.agency, []).append(row)
    return [Standing(agency, answers[0], answers[1:]) for agency, answers in sorted(agencies.items(), key=_name)]


def _name(item):
    return item[0].name.casefold()
