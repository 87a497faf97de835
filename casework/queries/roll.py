"""Imports and people off the roll, as pages show them."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from casework.access import Permission, allows
from casework.formats import numbers
from casework.formats.movement import LABELS
from casework.models import Allocation, CustodySpell, Location, Person, RollImport, User
from casework.queries import restrictions
from casework.queries.roll_report import ORDER

COUNTS = {
    "legal_statuses": "Legal statuses that changed",
    "release_dates": "Release dates that changed or fell away",
    "alerts": "Alerts that ended",
}


@dataclass
class Section:
    """One kind of thing that an import does: how often, and to whom (``lines``: number, person where he may be shown, words)."""

    title: str
    count: int
    lines: list = field(default_factory=list)
    hidden: int = 0

    @property
    def more(self):
        return self.count - len(self.lines) - self.hidden


def imports(user):
    """Imports that ``user`` may see, without their content, with the name of who uploaded them (``by_name``).

    The name is looked up apart: what a command brought was brought by the system, whose account people do not see.
    """
    name = User.objects.filter(pk=OuterRef("uploaded_by_id")).values("full_name")
    rows = RollImport.objects.visible_to(user).defer("content")
    return rows.annotate(by_name=Coalesce(Subquery(name), Value("Wingwalk")))


def page_of_imports(user, *, before, size):
    """The newest ``size`` imports that are older than the one with the key ``before``."""
    rows = imports(user).order_by("-pk")
    return list((rows.filter(pk__lt=before) if before and before.isdecimal() else rows)[:size])


def redacted(report):
    """``report`` without the numbers of restricted people who are hidden from who asks, and how many of them each list had (``hidden``)."""
    if "movements" not in report:
        return report
    movements, problems = report["movements"], report["problems"]
    lists = [told["numbers"] for told in movements.values()]
    lists += [[told["number"] for name in ("changed", "kept") for told in report[name]], *report["merges"]]
    lists += [_numbers_in(problem["text"]) for problem in problems]
    unseen = restrictions.hidden_numbers({number for numbers in lists for number in numbers})
    if not unseen:
        return report

    def split(rows, mentioned):
        shown = [row for row in rows if unseen.isdisjoint(mentioned(row))]
        return shown, len(rows) - len(shown)

    told = {"movements": {}}
    for kind, movement in movements.items():
        shown, hidden = split(movement["numbers"], lambda number: {number})
        told["movements"][kind] = {**movement, "numbers": shown, "hidden": hidden}
    for name in ("changed", "kept"):
        told[name], told[f"{name}_hidden"] = split(report[name], lambda each: {each["number"]})
    told["merges"], told["merges_hidden"] = split(report["merges"], set)
    told["problems"], told["problems_hidden"] = split(problems, lambda problem: _numbers_in(problem["text"]))
    return {**report, **told}


def _numbers_in(text):
    return {numbers.normalise(number) for number in numbers.prison_numbers_in(text)}


def named(report, user):
    """Number → person, for those whom the report names and ``user`` may see: none to a role that may not open records."""
    if not report or not allows(user, Permission.VIEW_PERSON):
        return {}
    numbers = {number for told in report.get("movements", {}).values() for number in told["numbers"]}
    numbers |= {told["number"] for name in ("changed", "kept") for told in report.get(name, [])}
    return {person.number: person for person in Person.objects.visible_to(user).filter(number__in=numbers)}


def sections(report, people):
    """What a report says, in the order in which a page shows it."""
    if "movements" not in report:
        return []

    def line(number, words=""):
        return {"number": number, "person": people.get(number), "words": words}

    def fields(told):
        return [line(each["number"], ", ".join(each["fields"])) for each in told]

    found = [
        Section(LABELS[kind], told["count"], [line(number) for number in told["numbers"]], told.get("hidden", 0))
        for kind in ORDER  # the database keeps no order of its own
        if (told := report["movements"].get(kind))
    ]
    found += [
        Section(
            "Details taken over from the roll",
            report["changed_count"],
            fields(report["changed"]),
            report.get("changed_hidden", 0),
        ),
        Section(
            "Details kept because staff changed them",
            report["kept_count"],
            fields(report["kept"]),
            report.get("kept_hidden", 0),
        ),
        Section(
            "Numbers merged",
            len(report["merges"]) + report.get("merges_hidden", 0),
            [line(kept, f"was also {removed}") for removed, kept in report["merges"]],
            report.get("merges_hidden", 0),
        ),
        *(Section(label, report["counts"].get(name, 0)) for name, label in COUNTS.items()),
        *(Section(f"Skipped: at {code}", count) for code, count in report["skipped"].items()),
        *(Section(f"On wing {code}, which is not set up", count) for code, count in report["unknown_wings"].items()),
    ]
    return [section for section in found if section.count]


def missing(user):
    """Spells of people whom the last roll did not name, longest missing first."""
    rows = CustodySpell.objects.visible_to(user).current().filter(off_roll_on__isnull=False)
    return rows.order_by("off_roll_on", "pk")


def page_of_missing(user, *, after, size):
    """The first ``size`` missing people after the one whose ``key`` is given, with last cell and who holds their case."""
    cell = Location.objects.filter(spell=OuterRef("pk"), until_at=None).values("cell")
    held = Allocation.objects.filter(case__person=OuterRef("person"), prison=user.prison_id, until_at=None)
    rows = (
        missing(user)
        .select_related("person")
        .annotate(cell=Subquery(cell[:1]), worker=Subquery(held.values("worker__full_name")[:1]))
    )
    if place := _place(after):
        rows = rows.filter(Q(off_roll_on__gt=place[0]) | Q(off_roll_on=place[0], pk__gt=place[1]))
    return list(rows[:size])


def key(spell):
    """The place of a missing person in their list, as an address carries it."""
    return f"{spell.off_roll_on.isoformat()}_{spell.pk}"


def _place(after):
    day, _, number = (after or "").partition("_")
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        return None
