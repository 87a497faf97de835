"""What a manager sees of merges: two records side by side, pairs that may be one person, what was merged and undone."""

from dataclasses import dataclass

from django.apps import apps

from casework.models import Person, PersonMerge
from casework.queries import finder, similar

PAGE = 50
UNKNOWN = "Not known"


@dataclass
class Pair:
    """Two records that may be one person, as the finder shows them, and why."""

    one: finder.Found
    other: finder.Found
    why: str


@dataclass
class Line:
    """One thing to compare: what each record says, and whether they agree."""

    label: str
    one: str
    other: str

    @property
    def differ(self):
        return self.one != self.other

    @property
    def unknown(self):
        """Whether neither record says anything: two gaps are no sign that they are one person."""
        return self.one == self.other == UNKNOWN


def pairs(user):
    """Pairs that may be one person, without those of whom somebody said that they are two. Seven queries, however many."""
    found = similar.pairs(user)
    two = PersonMerge.objects.filter(prison=user.prison_id, state=PersonMerge.State.TWO_PEOPLE)
    two = {frozenset(pair) for pair in two.values_list("removed", "kept")}
    found = [(one, other, why) for one, other, why in found if frozenset((one, other)) not in two][:PAGE]
    people = Person.objects.visible_to(user).in_bulk({key for one, other, _ in found for key in (one, other)})
    rows = {row.person.pk: row for row in finder.rows(user, list(people.values()))}
    return [Pair(rows[one], rows[other], why) for one, other, (_, why) in found if one in rows and other in rows]


def compare(user, one, other):
    """What is known of two records, line by line."""
    lines = [_known(row) for row in finder.rows(user, [one, other])]
    return [Line(label, first, lines[1][label]) for label, first in lines[0].items()]


def moved(merge):
    """How many rows of each kind a merge changed: (what, how many)."""
    tables = {}
    for entry in merge.moved:
        tables[entry["table"]] = tables.get(entry["table"], set()) | {*entry["keys"]}
    tables.pop(Person._meta.label_lower, None)
    return [(_called(apps.get_model(table)._meta, len(keys)), len(keys)) for table, keys in tables.items()]


def _called(model, count):
    return model.verbose_name if count == 1 else model.verbose_name_plural


def _known(row):
    person, spell = row.person, row.spell
    born = person.date_of_birth
    return {
        "Surname": person.surname,
        "Forenames": person.forenames,
        "Date of birth": f"{born:%-d %B %Y}" if born else UNKNOWN,
        "Sex": person.get_sex_display(),
        "PNC": person.pnc or UNKNOWN,
        "CRO": person.cro or UNKNOWN,
        "Stay": _stay(spell),
        "Cell": row.location.cell if row.location and row.location.cell else "None",
        "Case": f"Open: {row.worker.full_name if row.worker else 'not allocated'}" if row.case else "No open case",
    }


def _stay(spell):
    if spell is None:
        return "Never here"
    until = f" to {spell.ended_at:%-d %B %Y}" if spell.ended_at else ", here now"
    return f"From {spell.received_on:%-d %B %Y}{until}"
