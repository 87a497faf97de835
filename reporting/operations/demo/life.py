"""What became of handovers once they were acknowledged: appointments, outcomes, reminders, moved releases, support after release."""

import random
from datetime import timedelta

from casework.formats import deadlines
from casework.models import Allocation, CustodySpell
from partners.models import (
    Aftercare,
    Handover,
    HandoverAppointment,
    HandoverMove,
    HandoverReminder,
    LastLook,
    Pack,
    ReleaseMove,
)
from reporting.operations.demo import days

State, Outcome, Kind = Handover.State, HandoverAppointment.Outcome, HandoverReminder.Kind
RELEASED = {CustodySpell.End.RELEASED, CustodySpell.End.RELEASED_COURT}
PLACES = [
    "The office, ground floor (fictional)",
    "Drop-in, High Street (fictional)",
    "Library, first floor (fictional)",
]
WHOM = ["Duty worker", "Robin Sample", "Alex Example", ""]
REFUSALS = {
    "OTHER_AREA": "He gave us an address in another borough.",
    "OTHER_SERVICE": "Alcohol only: the other team takes this.",
    "KNOWN": "With us since the spring; nothing new is needed.",
    "TOO_LITTLE": "We cannot tell what he wants from us.",
    "NO_PLACE": "Nothing free in the first three weeks.",
    "RISK": "Not at this office. Please ring us.",
    "OTHER": "",
}
SENT_BACK = ["He has moved: the new address is in Liverpool.", "We spoke to your duty worker, who can see him."]
CLOSINGS = ["Seen, and in treatment.", "", "Rang twice, no answer."]
NOTES = [
    "Rang him: all well, goes on Thursday.",
    "No answer. Left a message to ring back.",
    "Met at the gate with his brother.",
    "",
]


def fill(world):
    """Carry on each handover from where the days left it."""
    life = _Life(world, random.Random(f"life {world.prison.code} {world.today}"))
    for handover in list(world.rows[Handover]):
        if handover.state in {State.SENT, State.QUERIED, State.ACKNOWLEDGED}:
            life.carry_on(handover)
    life.support()


class _Life:
    def __init__(self, world, rng):
        self.world, self.rng = world, rng
        self.last = {}
        for move in world.rows[HandoverMove]:
            self.last[id(move.handover)] = move.at
        self.kinds = list(REFUSALS)

    def carry_on(self, handover):
        """One handover: what its agency and the team did about it since."""
        self._remind_of_answer(handover)
        if self.rng.random() < 0.3 and handover.release_on >= self.world.today:
            self._move_release(handover)
        # Whoever signs in as a partner answers those of the last days himself.
        if handover.state == State.SENT and handover.sent_at.date() < self.world.today - timedelta(days=14):
            self._refuse(handover)
        if handover.state == State.ACKNOWLEDGED and self.rng.random() < 0.85:
            self._offer(handover)
        self._look(handover)

    def _at(self, handover, least, most):
        """A moment in working hours so many working days after what happened last; None while that is still to come."""
        day = days.working_after(self.last[id(handover)].date(), self.rng.randint(least, most))
        return days.between(self.rng, day, 9, 16) if day < self.world.today else None

    def _go(self, handover, after, at, by, words="", reason=""):
        before, handover.state = handover.state, after
        handover.version += 1
        self.last[id(handover)] = at
        self.world.add(
            HandoverMove,
            handover=handover,
            agency=handover.agency,
            before=before,
            after=after,
            words=words,
            reason=reason,
            by=by,
            at=at,
        )

    def _partner(self, handover):
        return self.world.partners[handover.agency_id]

    def _refuse(self, handover):
        """Nobody acknowledged it for weeks: in the end the agency said no; half of these were sent back and taken on."""
        at = self._at(handover, 3, 8)
        if at is None:
            return
        reason = self.kinds.pop(0) if self.kinds else self.rng.choice(list(REFUSALS))
        handover.answered_at = at
        self._go(handover, State.REFUSED, at, self._partner(handover), REFUSALS[reason], reason)
        if (at := self._at(handover, 1, 3)) and self.rng.random() < 0.7:
            if self.rng.random() < 0.5:
                self._close(handover, "REFUSED", at)
            else:
                self._go(handover, State.SENT, at, handover.made_by, self.rng.choice(SENT_BACK))
                if at := self._at(handover, 1, 2):
                    handover.answered_at = at
                    self._go(handover, State.ACKNOWLEDGED, at, self._partner(handover))

    def _close(self, handover, why, at):
        handover.closed_why = why
        self._go(handover, State.CLOSED, at, handover.made_by, self.rng.choice(CLOSINGS) if why != "REFUSED" else "")

    def _offer(self, handover):
        at = self._at(handover, 1, 4)
        if at is None or (handover.case.spell.ended_at and at > handover.case.spell.ended_at + timedelta(days=20)):
            return
        first = self._appointment(handover, at, self.rng.randint(1, 12) if self.rng.random() < 0.93 else 24)
        self._go(handover, State.OFFERED, at, self._partner(handover))
        if self.rng.random() < 0.1 and (again := self._at(handover, 1, 2)) and again < first.at:
            self._end(first, Outcome.REARRANGED, again)
            first = self._appointment(handover, again, self.rng.randint(8, 16))
            self._go(handover, State.OFFERED, again, self._partner(handover))
        if self._is_out(handover):
            self._come(handover, first)

    def _appointment(self, handover, at, after):
        day = days.working_after(handover.release_on, after) if after < 20 else handover.release_on + timedelta(days=24)
        return self.world.add(
            HandoverAppointment,
            rng=self.rng,
            handover=handover,
            agency=handover.agency,
            at=max(days.between(self.rng, day, 10, 15), at + timedelta(days=1)).replace(
                minute=0, second=0, microsecond=0
            ),
            where=self.rng.choice(PLACES),
            whom=self.rng.choice(WHOM),
            offered_by=self._partner(handover),
            offered_at=at,
        )

    def _is_out(self, handover):
        spell = handover.case.spell
        return bool(spell.ended_at and spell.end in RELEASED)

    def _end(self, appointment, outcome, at):
        appointment.outcome, appointment.outcome_at = outcome, at
        appointment.outcome_by = self._partner(appointment.handover)

    def _come(self, handover, appointment, again=True):
        """He was released: did he come? Of some nobody tells."""
        told = appointment.at + timedelta(hours=2)
        if told.date() >= self.world.today:
            return
        dice = self.rng.random()
        if dice < 0.58:
            self._end(appointment, Outcome.KEPT, told)
            self._go(handover, State.KEPT, told, self._partner(handover))
            if (at := self._at(handover, 1, 6)) and self.rng.random() < 0.6:
                self._close(handover, "KEPT", at)
        elif dice < 0.82:
            self._end(appointment, Outcome.MISSED, told)
            self._go(handover, State.MISSED, told, self._partner(handover), "Did not come.")
            self._after_missed(handover, again)
        else:
            self._nobody_tells(handover)

    def _after_missed(self, handover, again):
        at = self._at(handover, 1, 3)
        if at and again and self.rng.random() < 0.5:
            second = self._appointment(handover, at, 3)
            self._go(handover, State.OFFERED, at, self._partner(handover))
            self._come(handover, second, again=False)
        elif (at := self._at(handover, 10, 15)) and self.rng.random() < 0.6:
            self._close(handover, self.rng.choice(["MISSED", "MISSED", "ELSEWHERE"]), at)

    def _nobody_tells(self, handover):
        on = handover.case.spell.ended_at.date()
        asked = [day for day in deadlines.outcome_asked_on(on, self.world.prison) if day < self.world.today]
        for day in asked:
            self._reminded(handover, Kind.OUTCOME, day, day)
        if len(asked) == 3 and self.rng.random() < 0.6:
            day = days.working_after(asked[-1], 3)
            if day < self.world.today and days.between(self.rng, day, 9, 10) > self.last[id(handover)]:
                self._close(handover, "UNKNOWN", days.between(self.rng, day, 10, 15))

    def _remind_of_answer(self, handover):
        sent_on, timers = handover.sent_at.date(), self.world.prison
        until = handover.answered_at.date() if handover.answered_at else self.world.today
        due_on, told_on = deadlines.acknowledge_on(sent_on, timers), deadlines.tell_manager_on(sent_on, timers)
        asked_on = deadlines.ask_agency_on(sent_on, timers)
        if asked_on < until:
            self._reminded(handover, Kind.ACKNOWLEDGE, due_on, asked_on)
        if told_on < until:
            self._reminded(handover, Kind.TELL_MANAGER, told_on, told_on)

    def _reminded(self, handover, kind, due_on, on):
        given = {"handover": handover, "agency": handover.agency, "kind": kind, "due_on": due_on}
        self.world.add(HandoverReminder, **given, at=days.between(self.rng, on, 7, 8))

    def _move_release(self, handover):
        """The prison brought the release forward, or put it off, after the pack was made: the pack says the other day."""
        before = handover.release_on + timedelta(days=self.rng.choice([2, 5, -3]))
        at = days.between(self.rng, self.world.today - timedelta(days=1), 6, 7)
        if handover.sent_at >= at:
            return
        seen = {"seen_at": at + timedelta(hours=3), "seen_by": handover.made_by} if self.rng.random() < 0.3 else {}
        given = {"before_on": before, "after_on": handover.release_on}
        self.world.add(ReleaseMove, handover=handover, agency=handover.agency, at=at, **given, **seen)
        for pack in self.world.rows[Pack]:
            if pack.handover is handover and pack.content.get("custody"):
                custody = {**pack.content["custody"], "release_on": before.isoformat()}
                pack.content = {**pack.content, "custody": custody}

    def _look(self, handover):
        """Whoever answered has opened it."""
        if handover.answered_at and self.rng.random() < 0.7:
            given = {"handover": handover, "agency": handover.agency, "user": self._partner(handover)}
            self.world.add(LastLook, **given, at=handover.answered_at)

    def support(self):
        """Support after release, for some of those who went out with an open case."""
        workers = {id(row.case): row.worker for row in self.world.rows[Allocation]}
        supported = 0
        for handover in self.world.rows[Handover]:
            spell = handover.case.spell
            if (
                not self._is_out(handover)
                or handover.case.closed_on
                and handover.case.closed_on < spell.ended_at.date()
            ):
                continue
            for _ in range(self.rng.choice([0, 0, 1, 2, 3])):
                on = spell.ended_at.date() + timedelta(days=self.rng.randint(0, 50))
                if on < self.world.today:
                    self._contact(handover, on, workers.get(id(handover.case)) or handover.made_by, supported)
                    supported += 1

    def _contact(self, handover, on, by, number):
        hows, outcomes = list(Aftercare.How), list(Aftercare.Outcome)
        self.world.add(
            Aftercare,
            rng=self.rng,
            case=handover.case,
            person=handover.person,
            on=on,
            how=hows[number % len(hows)] if number < 10 else self.rng.choice(hows[:1] * 4 + hows),
            outcome=outcomes[number % len(outcomes)] if number < 10 else self.rng.choice(outcomes[:2] * 3 + outcomes),
            note=self.rng.choice(NOTES),
            by=by,
            recorded_at=days.between(self.rng, on, 14, 16),
        )
