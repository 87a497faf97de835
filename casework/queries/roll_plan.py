"""What a roll would change. Nothing is written here: the preview shows the plan, the import carries it out."""

from collections import defaultdict
from datetime import datetime, time

from django.utils import timezone

from casework.formats import movement, reference, roll
from casework.models import CustodySpell, FormerNumber, Movement
from casework.queries import roll_facts, roll_person
from casework.queries.roll_report import Report

End, Kind = CustodySpell.End, movement.Movement
# What brings somebody here in a new spell, whether or not an older one was still open.
FRESH = {Kind.FIRST_RECEPTION, Kind.NEW_SPELL, Kind.READMISSION, Kind.TRANSFER_IN}
ENDS = {
    Kind.RELEASED: End.RELEASED,
    Kind.RELEASED_TO_HOSPITAL: End.RELEASED_HOSPITAL,
    Kind.TRANSFER_OUT: End.TRANSFERRED,
    Kind.ESCAPED: End.OTHER,
    Kind.DIED: End.DIED,
}
OVERTAKEN = {
    Kind.NEW_SPELL: (End.OTHER, "A new booking began"),
    Kind.READMISSION: (End.OTHER, "Readmitted on the same booking"),
    Kind.TRANSFER_IN: (End.TRANSFERRED, "Came back from another prison"),
}


def read(data, prison, today):
    """Read ``data`` as the roll of ``prison``, or raise RollRefused, also where it has nobody of this prison in it."""
    found = roll.read(data, prison=prison.code, today=today)
    if not found.rows and (found.elsewhere or not found.merges):
        where = ", ".join(f"{count:,} at {code}" for code, count in found.skipped.items())
        raise roll.RollRefused(f"Nobody in this file is on the roll of {prison.code}{f' ({where})' if where else ''}.")
    return found


def shrinks(found, known):
    """Why this roll is too short to be believed: it has fewer than nine in ten of the people now here. Empty if it is not."""
    here, rows = len(known.on_roll()), len(found.rows)
    if not rows or rows * 10 >= here * 9:
        return ""
    return f"The file has {rows:,} people and {here:,} are here now. A roll rarely shrinks by more than a tenth."


def last_moment(day, at):
    """The end of ``day``, or ``at`` if that is earlier."""
    return min(at, timezone.make_aware(datetime.combine(day, time.max)))


class Plan:
    """Rows to change and rows to make, worked out from a Roll and what is Known. ``left``: spells after which nobody is here."""

    def __init__(self, found, known, *, by, at):
        self.roll, self.known, self.by, self.at = found, known, by, at
        self.prison, self.today = known.prison, timezone.localdate(at)
        self.changed, self.new = defaultdict(dict), defaultdict(list)
        self.left, self.done, self.renumbered = [], set(), {}
        self.report = Report(found, known)
        self._renumber()
        for row in found.rows:
            self._here(row)
        for row in found.elsewhere:
            self._elsewhere(row)
        if found.rows:
            self._missing()
        self._former_numbers()

    def change(self, row):
        self.changed[type(row)][row.pk] = row

    def make(self, row):
        self.new[type(row)].append(row)
        return row

    # Who

    def _renumber(self):
        """A number given up for one that we have not seen: the person simply has the new number now."""
        people = self.known.by_number
        for removed, kept in self.roll.merges:
            person = people.get(removed)
            if person and kept not in people and person.number == removed:
                person.number, people[kept] = kept, person
                self.change(person)
                self.renumbered[removed] = person

    def _former_numbers(self):
        """Numbers given up that no row of ours stands for find the person too."""
        for removed, kept in self.roll.merges:
            person = self.renumbered.get(removed) or self.known.by_number.get(kept)
            if person and (removed in self.renumbered or removed not in self.known.by_number):
                self.make(FormerNumber(number=removed, person=person, prison_ids=person.prison_ids, since=self.at))
                self.report.merged(removed, kept)

    def _person(self, person, row):
        if person is None:
            person = self.make(roll_person.make(row, self.roll.covers, self.prison))
            self.known.by_number[row.number] = person
            return person
        taken, kept, changed = roll_person.merge(person, row, self.roll.covers)
        self.report.identity(person, taken, kept)
        if roll_person.extend(person, self.prison) or changed:
            self.change(person)
        for former in self.known.formers[person.pk]:
            if roll_person.extend(former, self.prison):
                self.change(former)
        return person

    # What happened

    def _here(self, row):
        """Somebody on this roll."""
        person = self.known.by_number.get(row.number)
        if person and person.pk in self.done:
            self.report.problem(row.row_number, f"{row.number} is a former number of somebody else in the file.")
            return
        self.done.add(person.pk if person else None)
        before = self.known.before(person)
        kind = movement.classify(before, row, prison=self.prison.code, today=self.today)
        self.report.happened(kind, row.number)
        if kind == Kind.UNCLEAR:
            self.report.problem(row.row_number, f"{row.number} is recorded as dead. Nothing was changed.")
            return
        spell = self.known.open_spell(person.pk) if person else None
        person = self._person(person, row)
        if spell is None or kind in FRESH:
            self._overtaken(spell, kind)
            spell = self._received(person, row, kind)
        else:
            self._goes_on(spell, row)
        if kind != Kind.UNCHANGED:
            self._moved(spell, kind, row, self._move_detail(spell, kind, row))
        roll_facts.plan(self, person, spell, row)

    def _elsewhere(self, row):
        """Somebody whom the file places off this roll: of interest only if he is here to us."""
        person = self.known.by_number.get(row.number)
        spell = self.known.open_spell(person.pk) if person else None
        if spell is None or person.pk in self.done:
            return
        self.done.add(person.pk)
        kind = movement.classify(self.known.before(person), row, prison=self.prison.code, today=self.today)
        if kind in ENDS:
            self._leaves(spell, kind, row)
            return
        if kind == Kind.MERGED:
            said = f"{row.number} was given up in a merge, but the file does not say for which number."
            self.report.problem(row.row_number, said)
        self._off_roll(spell, row.number)

    def _missing(self):
        """Everybody here whom the file does not name."""
        numbers = {person.pk: number for number, person in self.known.by_number.items() if person.number == number}
        for spell in self.known.on_roll():
            if spell.person_id not in self.done:
                self._off_roll(spell, numbers[spell.person_id])

    def _off_roll(self, spell, number):
        if spell.off_roll_on is None:
            spell.off_roll_on = self.today
            self.change(spell)
            self.report.happened(Kind.NOT_ON_ROLL, number)
            self._moved(spell, Kind.NOT_ON_ROLL)

    def _leaves(self, spell, kind, row):
        reason = reference.movement_reasons().get(row.movement_reason)
        end = ENDS[kind]
        if end == End.RELEASED and reason and reason.changes == "COURT_RELEASE":
            end = End.RELEASED_COURT
        self._end(spell, end, reason.label if reason else row.movement_reason)
        for alert in self.known.alerts[spell.person_id].values():
            if not alert.outlasts_stay:
                alert.until_at = max(spell.ended_at, alert.from_at)
                self.change(alert)
        self.left.append(spell)
        self.report.happened(kind, row.number)
        to = f"To {row.prison}" if kind == Kind.TRANSFER_OUT and row.prison not in ("OUT", "TRN") else ""
        self._moved(spell, kind, row, to)

    def _overtaken(self, spell, kind):
        """A spell that was still open when a new one began."""
        if spell:
            self._end(spell, *OVERTAKEN[kind])

    def _end(self, spell, end, reason):
        spell.end, spell.end_reason, spell.ended_by = end, reason[:60], self.by
        spell.ended_at = last_moment(spell.off_roll_on or self.today, self.at)
        self.change(spell)
        for open_rows in (self.known.locations, self.known.legal):
            if row := open_rows.pop(spell.pk, None):
                self.close(row)
        for row in self.known.dates.pop(spell.pk, {}).values():
            row.superseded_at = self.at
            self.change(row)

    def close(self, row):
        row.until_at = self.at
        self.change(row)

    def _received(self, person, row, kind):
        again = kind in (Kind.READMISSION, Kind.TRANSFER_IN)
        days = [row.admitted_on, row.received_on] if again else [row.received_on, row.admitted_on]
        day = next(filter(None, days), self.today)
        return self.make(
            CustodySpell(
                person=person,
                prison=self.prison,
                booking=row.booking_id[:20],
                book_number=row.book_number[:20],
                received_on=min(day, self.today),
            )
        )

    def _goes_on(self, spell, row):
        """The same stay: back on the roll if it was missing; a booking that we did not know is filled in."""
        if spell.off_roll_on:
            spell.off_roll_on = None
            self.change(spell)
        if row.booking_id and not spell.booking:
            spell.booking, spell.book_number = row.booking_id[:20], row.book_number[:20]
            spell.received_on = min(row.received_on or spell.received_on, self.today)
            self.change(spell)

    def _moved(self, spell, kind, row=None, detail=""):
        reason = row.movement_reason if row and kind not in (Kind.CELL_MOVE, Kind.BACK_ON_ROLL) else ""
        known = reference.movement_reasons().get(reason)
        label = known.label if known else reason
        self.make(
            Movement(
                spell=spell, prison=self.prison, kind=kind, reason=label[:60], detail=detail[:120], at=self._when(spell)
            )
        )

    def _when(self, spell):
        return spell.ended_at or self.at

    def _move_detail(self, spell, kind, row):
        location = self.known.locations.get(spell.pk)
        return f"{location.cell} to {row.cell}" if kind == Kind.CELL_MOVE and location and location.cell else ""
