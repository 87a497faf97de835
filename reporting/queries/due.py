"""Everything the team owes: of one worker, of all, or about one person.

What is owed, and by when, is told by ``casework.formats.deadlines`` from the facts that ``facts`` gathers. The first page, the page of the
team and the list behind each of their numbers count the same rows.
"""

from dataclasses import dataclass

from django.urls import reverse

from casework.formats import deadlines
from casework.formats.deadlines import Kind, State
from reporting.queries import facts

SHOWN = (State.OVERDUE, State.TODAY, State.SOON)
PAGE = 50
# Where a thing owed is done: the name of the page, whether it is about the person or the row itself, and what its address asks for.
PAGES = {
    Kind.FIRST_INTERVENTION: ("interventions:log", "person", ""),
    Kind.COMPREHENSIVE: ("casework:assessments", "person", ""),
    Kind.PLAN: ("casework:plan", "person", ""),
    Kind.PLAN_REVIEW: ("casework:plan", "person", ""),
    Kind.CLINICAL_REVIEW: ("casework:review_strand", "key", ""),
    Kind.TOP_START: ("casework:record_profile", "person", "?stage=START"),
    Kind.TOP_REVIEW: ("casework:record_profile", "person", "?stage=REVIEW"),
    Kind.TOP_EXIT: ("casework:record_profile", "person", "?stage=EXIT"),
    Kind.ACTION: ("casework:plan", "person", ""),
    Kind.TELL_COMMUNITY: ("partners:release", "person", ""),
    Kind.APPOINTMENT: ("partners:release", "person", ""),
    Kind.ACKNOWLEDGE: ("partners:handover", "key", ""),
    Kind.ANSWER: ("partners:handover", "key", ""),
    Kind.OUTWARD_ANSWER: ("partners:told_answer", "key", ""),
    Kind.OUTWARD_SEEN: ("partners:release", "person", ""),
    Kind.CONSENT: ("casework:consents", "person", ""),
}


@dataclass
class Owed:
    """One thing owed: about whose case, by which worker (a key; None while nobody holds the case), how it stands, how many days late."""

    due: deadlines.Due
    case: facts.Open
    worker: int | None
    worker_name: str
    state: State
    late: int

    @property
    def url(self):
        """The page on which it is done."""
        name, about, query = PAGES[self.due.kind]
        return reverse(name, args=[self.due.key if about == "key" else self.case.person.pk]) + query

    @property
    def when(self):
        """How late or how soon, in words."""
        if self.late:
            return f"{self.late} day{'' if self.late == 1 else 's'} late"
        return "Today" if self.state == State.TODAY else ""

    @property
    def colour(self):
        return "red" if self.late else "orange"

    @property
    def key(self):
        """Its place in the list, as an address carries it."""
        return f"{self.due.on}_{self.due.kind.code}_{self.case.pk}_{self.due.key or 0}"


def owed(cases, timers, *, today, worker=None):
    """What is overdue, due today or within a week in ``cases`` (facts.Open), soonest first: by one ``worker`` (a key), or by all."""
    found = []
    for case in cases:
        for due in deadlines.of_case(case.facts, timers, today):
            owner, name = case.owners[due.key] if due.kind == Kind.ACTION else (case.worker, case.worker_name)
            state = due.state(today)
            if state in SHOWN and worker in {None, owner}:
                found.append(Owed(due, case, owner, name, state, max((today - due.on).days, 0)))
    return sorted(found, key=lambda one: (deadlines.order(one.due), one.case.pk))


def first(cases, timers, *, today):
    """Person (a key) → the day and the words of what is due first in ``cases``, whenever that is."""
    found = {}
    for case in cases:
        for due in deadlines.of_case(case.facts, timers, today)[:1]:
            found[case.person.pk] = due.on, due.kind.value
    return found


def chosen(rows, *, kind="", state=""):
    """The rows of one ``kind`` (its code) and one ``state`` (its name), where given."""
    return [
        row
        for row in rows
        if (not kind or row.due.kind.code == kind) and (not state or row.state.name.lower() == state)
    ]


def page(rows, after=""):
    """Up to ``PAGE`` of ``rows`` behind the one with the key ``after``, and the key of the last if there are more."""
    keys = [row.key for row in rows]
    begin = keys.index(after) + 1 if after in keys else 0
    shown = rows[begin : begin + PAGE]
    return shown, shown[-1].key if len(rows) > begin + PAGE else ""


def counts(rows):
    """How many of ``rows`` are overdue, due today and due within a week, by the name of the state in small letters."""
    numbers = {state.name.lower(): 0 for state in SHOWN}
    for row in rows:
        numbers[row.state.name.lower()] += 1
    return numbers
