"""Somebody in a programme, taken step by step, and what there is to ask before he is put anywhere."""

from collections import defaultdict
from datetime import time, timedelta

from casework.models import Alert, Location, Wing
from interventions.models import Certificate, Contact, Enrolment, EnrolmentMove
from reporting.operations.demo import days

State, Outcome = Enrolment.State, Contact.Outcome
DECIDED = ["Talked it through, he wants to come.", "Reads well enough for the sheets.", "His keyworker agrees.", ""]
ALL_THE_SAME = [
    "Starts now and finishes elsewhere if need be.",
    "The officer on the wing brings him over.",
    "Wants it badly.",
]


class Life:
    """Who was where when, and who is in what: asked before somebody is put anywhere."""

    def __init__(self, world):
        self.places, self.busy, self.live = defaultdict(list), defaultdict(list), set()
        for row in world.rows[Location]:
            self.places[id(row.spell)].append(row)
        for row in world.rows[Contact]:
            self.note(row)
        apart = {"VOP", "V49P", "VJOP", "RNO121"}
        self.apart = {id(row.person) for row in world.rows[Alert] if row.code in apart}

    def note(self, contact):
        self.busy[id(contact.person)].append((contact.at, contact.at + timedelta(minutes=contact.minutes)))

    def joined(self, course):
        self.live.add(id(course.row.person))

    def may_join(self, contact):
        """Whether who came to a first session can have had a place. Nobody is in more than one programme."""
        return bool(contact.case) and contact.outcome == Outcome.TOOK_PLACE and self.may_wait(contact.case)

    def may_wait(self, case):
        return id(case.person) not in self.apart and id(case.person) not in self.live

    def is_free(self, spell, person, contact):
        """Whether somebody lived on a wing like others at the time of ``contact``, and was with nobody else."""
        at, until = contact.at, contact.at + timedelta(minutes=contact.minutes)
        if any(begins < until and ends > at for begins, ends in self.busy[id(person)]):
            return False
        place = next(
            (row for row in self.places[id(spell)] if row.from_at <= at and (not row.until_at or row.until_at > until)),
            None,
        )
        apart = {Wing.Kind.SEGREGATION, Wing.Kind.VULNERABLE, Wing.Kind.HEALTHCARE}
        here = place and place.whereabouts == Location.Whereabouts.IN and place.wing and place.wing.kind not in apart
        return bool(here) and spell.received_on < at.date()


class Course:
    """An enrolment that is taken step by step."""

    def __init__(self, world, dice, row, by):
        self.world, self.dice, self.row, self.by, self.before = world, dice, row, by, ""
        self.seats = []

    def accept(self, day):
        """Decided, now and then although something speaks against it."""
        overruled = [self.dice.choice(["SHORT", "WING"])] if self.dice.random() < 0.12 else []
        self.take(
            State.WAITING, day, note=self.dice.choice(ALL_THE_SAME if overruled else DECIDED), overruled=overruled
        )

    def case_closed_by(self, day):
        closed = self.row.case.closed_on
        return closed is not None and closed <= day

    def last(self, day):
        """The working day before ``day``, but not before his last step."""
        return max(days.working_before(day, 1), self.day)

    def take(self, after, day, reason="", note="", overruled=()):
        row = self.row
        row.state = after
        if after == State.ACTIVE and row.started_on is None:
            row.started_on = day
        if not Enrolment.MOVES[after]:
            row.ended_on, row.reason = day, reason
        self.world.add(
            EnrolmentMove, enrolment=row, person=row.person, before=self.before, after=after, reason=reason, note=note,
            overruled=list(overruled), on=day, at=self._moment(day), by=self.by,
        )  # fmt: skip
        self.before, self.day = after, day
        if after == State.COMPLETED and row.programme.certificate:
            self.world.add(
                Certificate, rng=self.dice, enrolment=row, person=row.person, name=row.person.name, issued_on=day, issued_by=self.by,
            )  # fmt: skip

    def _moment(self, day):
        """In office hours; on the day somebody left, before anybody could know better."""
        return days.moment(day, time(9), self.dice.randrange(20))
