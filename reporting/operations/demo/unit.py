"""The drug-free unit: who lives on the 3D landing, who waits, who was there before, and how it went.

Invented once the year is over, with dice of its own; those who come to live there are moved there as a roll would have it.
"""

import random
from collections import defaultdict
from datetime import time, timedelta

from casework.formats import cells
from casework.formats.movement import Movement as Kind
from casework.models import Case, Location, Movement
from interventions.models import Breach, CompactSigned, CompactTerms, UnitReview, UnitStay
from interventions.operations.unit import ENDS
from interventions.queries.compact import STANDARD
from reporting.operations.demo import days, places
from reporting.operations.demo.custody import GENERAL

LIVING, WAITING, LEFT_PRISON, LEFT_UNIT, NEVER_CAME = 34, 6, 26, 15, 10
UNKNOWN = 2  # on the landing by the roll, and nobody recorded it
BEDS = 2  # in each cell
AGAIN = 28
IN = Location.Whereabouts.IN
State, Left, What, Response = UnitStay.State, UnitStay.Left, Breach.What, Breach.Response
OWN = [Left.OWN_WISH, Left.BREACH, Left.SECURITY, Left.HEALTH, Left.OWN_WISH]
AGREED = [
    "Goes to the group and keeps to himself in the evenings. Wants to help others later.",
    "Two hard weeks after bad news. Stayed with it, asked for more sessions.",
    "Sleeps better than on the wing. Works in the gardens now.",
    "Does not find it easy to be asked for tests. We went through the compact again.",
    "Doing well. Thinks about what comes when he goes out.",
]
SAID = [
    "Says it was his first since he came.",
    "",
    "Talked with him and his worker.",
    "He told us before the result came.",
    "",
]
CALLED = [Response.TALKED, Response.WARNING, Response.MORE_TESTS, Response.REVIEW]


def fill(world):
    """Compacts, those who live there now, those who wait, those who left."""
    dice = random.Random(f"unit {world.prison.code} {world.today}")
    unit = Unit(world, dice)
    unit.write_compacts()
    unit.settle()
    unit.let_wait()
    unit.recall()


class Unit:
    """The unit while it is being invented. ``taken``: for each cell when somebody lived there; ``rows``: places by spell, in order."""

    def __init__(self, world, dice):
        self.world, self.dice, self.terms = world, dice, []
        self.taken, self.rows, self.used = defaultdict(list), defaultdict(list), set()
        for row in world.rows[Location]:
            self.rows[id(row.spell)].append(row)
            if row.cell in places.CELLS:
                self._take(row)

    def write_compacts(self):
        """Words of ours, and shorter ones before."""
        first, second = self.world.start - timedelta(days=500), self.world.today - timedelta(days=75)
        lines = STANDARD.splitlines()
        for day, told in [(first, lines[:6]), (second, lines)]:
            number = 1 + sum(terms.from_on.year == day.year for terms in self.terms)
            version = f"{day.year}-{number}"
            self.terms.append(
                self.world.add(CompactTerms, version=version, from_on=day, told="\n".join(told), rng=self.dice)
            )

    def settle(self):
        """Those whom the story put on the landing, and others who move there: ``LIVING`` in all, one of them elsewhere by the roll."""
        world, dice = self.world, self.dice
        there = [stay for stay in world.here.values() if stay.bed in places.CELLS]
        there.sort(key=lambda stay: stay.person.number)
        self.used |= {id(stay) for stay in there}
        for stay in there[UNKNOWN:]:
            first = next(row for row in self.rows[id(stay.spell)] if row.cell == stay.bed)
            self._live(stay, max(first.from_at.date(), self.terms[0].from_on))
        missing = LIVING - len(there[UNKNOWN:])
        for number, stay in enumerate(self._able(12)):
            if not missing:
                break
            begun = max(stay.location.from_at.date() + timedelta(days=2), world.today - timedelta(days=160))
            day = days.working_before(begun + timedelta(days=dice.randrange((world.today - begun).days)), 1)
            day = max(day, stay.location.from_at.date() + days.DAY)
            if number == 0 or self._move(stay, stay.location, day):
                self._live(stay, day)
                missing -= 1

    def let_wait(self):
        """Oldest first; one of them has been offered a place."""
        for number, stay in enumerate(self._able(3)[:WAITING]):
            asked = max(stay.spell.received_on, self.world.today - timedelta(days=self.dice.randint(2, 70)))
            offered = {"state": State.OFFERED, "offered_on": self.world.today - days.DAY} if number == 0 else {}
            self._stay(
                stay, asked, **{**offered, **({"asked_on": min(asked, offered["offered_on"])} if offered else {})}
            )

    def recall(self):
        """Those who left the prison from the unit, those who left the unit before, and those who never came to live there."""
        helped = {id(case.spell) for case in self.world.rows[Case]}
        gone = [stay for stay in self.world.gone if id(stay.spell) in helped and stay.spell.ended_at]
        self.dice.shuffle(gone)
        ends = [(stay, row) for stay in gone if (row := self._last_place(stay))]
        for stay, row in self._first_of_each_end(ends):
            self._was_there(stay, row, ENDS.get(stay.spell.end, Left.OTHER))
        moved = [(stay, row) for stay in gone if id(stay) not in self.used and (row := self._place_before_a_move(stay))]
        number = 0
        for stay, row in moved:
            number += number < LEFT_UNIT and self._was_there(stay, row, OWN[number % len(OWN)])
        rest = [stay for stay in gone if id(stay) not in self.used and self._days(stay) > 20]
        for number, stay in enumerate(rest[:NEVER_CAME]):
            self._never_came(stay, [Left.TURNED_DOWN, Left.WITHDREW][number % 2])
        if self.world.died and id(self.world.died) not in self.used:
            stay = self.world.died
            self._stay(stay, stay.spell.received_on, **self._left(stay.spell.ended_at.date(), Left.DIED))

    def _able(self, since):
        """People with an open case on a general wing, in the same cell for so many days, whom nothing was invented for yet."""
        known = self.world.today - timedelta(days=since)
        able = [
            stay
            for stay in self.world.caseload.values()
            if id(stay) in self.world.here
            and id(stay) not in self.used
            and stay.wing in GENERAL
            and not stay.vulnerable
            and stay.location.whereabouts == IN
            and stay.location.from_at.date() <= known
        ]
        return self.dice.sample(able, len(able))

    def _first_of_each_end(self, ends):
        """One of each way to leave, then as they come."""
        kinds = {}
        for stay, row in ends:
            kinds.setdefault(stay.spell.end, (stay, row))
        first = list(kinds.values())
        chosen = {id(stay) for stay, _ in first}
        return (first + [pair for pair in ends if id(pair[0]) not in chosen])[:LEFT_PRISON]

    def _last_place(self, stay):
        rows = [row for row in self.rows[id(stay.spell)] if row.whereabouts == IN]
        return rows[-1] if rows and self._suits(rows[-1]) else None

    def _place_before_a_move(self, stay):
        rows = self.rows[id(stay.spell)]
        for row, then in zip(rows, rows[1:], strict=False):
            if self._suits(row) and then.whereabouts == IN and then.cell[0] != places.UNIT:
                return row
        return None

    def _suits(self, row):
        """Somebody lived there long enough for the end of it to have been on the unit, in the time of the story."""
        if row.whereabouts != IN or row.cell[0] not in GENERAL or row.until_at is None:
            return False
        return row.from_at.date() >= self.world.start and (row.until_at - row.from_at).days >= 24

    def _was_there(self, stay, row, why):
        span = (row.until_at - row.from_at).days
        day = row.from_at.date() + timedelta(days=self.dice.randint(4, span - 14))
        until = row.until_at
        if not self._move(stay, row, day):
            return False
        left_on = until.date() if why in OWN else stay.spell.ended_at.date()
        made = self._live(stay, day, **self._left(left_on, why))
        if why == Left.BREACH:
            self._breach(made, left_on, Response.LEAVES)
        return True

    def _never_came(self, stay, why):
        asked = stay.spell.received_on + timedelta(days=5)
        left = min(asked + timedelta(days=self.dice.randint(3, 30)), stay.spell.ended_at.date())
        note = "Wants to stay near his work" if why == Left.WITHDREW else "Moved twice for fighting"
        self._stay(stay, asked, left_note=note, **self._left(left, why))

    @staticmethod
    def _left(on, why):
        return {"state": State.LEFT, "left_on": on, "left_why": why}

    @staticmethod
    def _days(stay):
        return (stay.spell.ended_at.date() - stay.spell.received_on).days

    def _live(self, stay, day, **given):
        """A stay on the unit from ``day``, with its compact, reviews and now and then a breach."""
        dice, today = self.dice, self.world.today
        asked = max(stay.spell.received_on, day - timedelta(days=dice.randint(3, 40)))
        terms = [terms for terms in self.terms if terms.from_on <= day][-1]
        until = given.get("left_on", today)
        made = self._stay(
            stay, asked, **{"state": State.LIVING, **given}, joined_on=day, compact=terms.version, signed_on=day
        )
        self._signed(made, terms, day)
        if terms is not self.terms[-1] and self.terms[-1].from_on + timedelta(days=14) < until and dice.random() < 0.5:
            self._signed(made, self.terms[-1], days.working_after(self.terms[-1].from_on + timedelta(days=14), 0))
        last = self._review(made, until)
        made.review_due = days.working_after(last + timedelta(days=AGAIN), 0)
        made.test_due = today + timedelta(days=dice.randint(-4, 24))
        if dice.random() < 0.25 and (until - day).days > 3:
            on = day + timedelta(days=dice.randint(1, (until - day).days - 1))
            self._breach(made, on, CALLED[len(self.world.rows[Breach]) % len(CALLED)])
        return made

    def _signed(self, made, terms, on):
        made.compact, made.signed_on = terms.version, on
        who = {"stay": made, "person": made.person, "by": made.made_by, "at": days.moment(on, time(15, 30))}
        self.world.add(CompactSigned, version=terms.version, on=on, rng=self.dice, **who)

    def _review(self, made, until):
        """About every four weeks; the last is now and then late. Returns the day of the last, or of joining."""
        last = made.joined_on
        while (on := days.working_after(last + timedelta(days=AGAIN - self.dice.randint(0, 3)), 0)) < until:
            if (until - on).days < AGAIN and self.dice.random() < 0.15:
                break
            by = self.dice.choice(self.world.present(on))
            row = {
                "stay": made,
                "person": made.person,
                "on": on,
                "agreed": AGREED[len(self.world.rows[UnitReview]) % len(AGREED)],
            }
            next_on = days.working_after(on + timedelta(days=AGAIN), 0)
            at = days.between(self.dice, on, 14, 16)
            self.world.add(UnitReview, **row, next_on=next_on, recorded_by=by, recorded_at=at, rng=self.dice)
            last = on
        return last

    def _breach(self, made, on, response):
        by = self.dice.choice(self.world.present(on))
        what = list(What)[len(self.world.rows[Breach]) % len(What)]
        row = {"stay": made, "person": made.person, "on": on, "what": what, "response": response}
        at = days.between(self.dice, on, 14, 16)
        note = self.dice.choice(SAID)
        self.world.add(Breach, **row, note=note, recorded_by=by, recorded_at=at, rng=self.dice)

    def _stay(self, stay, asked, **given):
        self.used.add(id(stay))
        by = stay.worker or self.dice.choice(self.world.present(days.working_after(asked, 0)))
        at = days.moment(given.get("asked_on", asked), time(15), self.dice.randint(0, 50))
        row = {
            "person": stay.person,
            "wing": self.world.wings[places.UNIT],
            "made_by": by,
            "made_at": at,
            "asked_on": asked,
        }
        return self.world.add(UnitStay, **{**row, **given}, rng=self.dice)

    def _move(self, stay, row, day):
        """From ``day`` on the time that ``row`` tells of was spent in a cell of the unit, if one was free: whether it was."""
        at, until, before = days.between(self.dice, day, 9, 11), row.until_at, row.cell
        cell = self._free(at, until)
        if cell is None:
            return False
        row.until_at = at
        moved = self.world.add(
            Location,
            spell=row.spell,
            wing=self.world.wings[places.UNIT],
            cell=cell,
            cell_key=cells.sort_key(cell),
            whereabouts=IN,
            from_at=at,
            until_at=until,
        )
        if until is None:
            stay.location, stay.bed = moved, cell
        self._take(moved)
        self.world.add(Movement, spell=row.spell, kind=Kind.CELL_MOVE, detail=f"{before} to {cell}", at=at)
        return True

    def _take(self, row):
        self.taken[row.cell].append((row.from_at, row.until_at))

    def _free(self, begin, until):
        """A cell of the unit with a bed empty from ``begin`` to ``until``, which is None for those who live there still."""
        for cell in self.dice.sample(places.CELLS, len(places.CELLS)):
            at_once = [
                True
                for first, last in self.taken[cell]
                if (last is None or last > begin) and (until is None or first < until)
            ]
            if len(at_once) < BEDS:
                return cell
        return None
