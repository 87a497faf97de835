"""What is known of the people whom a roll names, read in a fixed number of queries however long the roll is."""

from collections import defaultdict

from django.db.models import Q

from casework.formats import movement
from casework.models import Alert, CustodySpell, FormerNumber, LegalStatus, Location, Person, ReleaseDate, Wing

End, Whereabouts = CustodySpell.End, Location.Whereabouts
ENDED = {
    End.RELEASED: movement.Ended.RELEASED,
    End.RELEASED_COURT: movement.Ended.RELEASED,
    End.RELEASED_HOSPITAL: movement.Ended.HOSPITAL,
    End.TRANSFERRED: movement.Ended.TRANSFERRED,
    End.DIED: movement.Ended.DIED,
    End.OTHER: movement.Ended.ESCAPED,
}
OUT = {Whereabouts.COURT: ("ACTIVE OUT", "CRT"), Whereabouts.ABSENT: ("ACTIVE OUT", "TAP")}


class Known:
    """People by number, former numbers included, each with spells and the open rows of the one here.

    ``joined``: (removed, kept) people whom the file says to be one and who are two rows yet; they are seen as joined already.
    ``lock`` holds the people and their spells until the transaction ends.
    """

    def __init__(self, roll, prison, *, lock=False):
        self.prison, self.lock = prison, lock
        people = self._people(roll)
        self.by_number = {person.number: person for person in people}
        self.formers, self.spells = self._formers(people), self._spells(people)
        here = [spell.pk for spell in self._open_here()]
        self.locations = {row.spell_id: row for row in Location.objects.filter(spell__in=here, until_at=None)}
        self.legal = {row.spell_id: row for row in LegalStatus.objects.filter(spell__in=here, until_at=None)}
        self.dates, self.alerts = defaultdict(dict), defaultdict(dict)
        for row in ReleaseDate.objects.filter(spell__in=here, superseded_at=None):
            self.dates[row.spell_id][row.kind] = row
        keys = [person.pk for person in people]
        for row in Alert.objects.filter(prison=prison, person__in=keys, until_at=None):
            self.alerts[row.person_id][row.code] = row
        self.wings = {wing.code.upper(): wing for wing in Wing.objects.current().filter(prison=prison)}
        self.joined = []
        for removed, kept in roll.merges:
            self._join(self.by_number.get(removed), self.by_number.get(kept))

    def _locked(self, rows):
        return rows.select_for_update(no_key=True, of=("self",)) if self.lock else rows

    def _people(self, roll):
        numbers = {row.number for row in (*roll.rows, *roll.elsewhere)}.union(*roll.merges)
        here = CustodySpell.objects.current().filter(prison=self.prison).values("person")
        former = FormerNumber.objects.filter(number__in=numbers).values("person")
        named = Q(number__in=numbers) | Q(pk__in=former) | Q(pk__in=here)
        return list(self._locked(Person.objects.filter(named, merged_into=None).order_by("pk")))

    def _formers(self, people):
        people = {person.pk: person for person in people}
        found = defaultdict(list)
        for former in FormerNumber.objects.filter(person__in=people):
            found[former.person_id].append(former)
            self.by_number.setdefault(former.number, people[former.person_id])
        return found

    def _spells(self, people):
        rows = CustodySpell.objects.filter(person__in=[person.pk for person in people]).exclude(end=End.MERGED)
        found = defaultdict(list)
        for spell in self._locked(rows.select_related("prison").order_by("pk")):
            found[spell.person_id].append(spell)
        return found

    def _open_here(self):
        return [spell for person in list(self.spells) if (spell := self.open_spell(person))]

    def _join(self, removed, kept):
        if not removed or not kept or removed is kept:
            return
        self.joined.append((removed, kept))
        self.by_number |= {number: kept for number, person in self.by_number.items() if person is removed}
        taken = {spell.prison_id for spell in self.spells[kept.pk] if spell.ended_at is None}
        gone = [spell for spell in self.spells.pop(removed.pk, []) if spell.ended_at or spell.prison_id not in taken]
        self.spells[kept.pk] += gone
        self.alerts[kept.pk] = self.alerts.pop(removed.pk, {}) | self.alerts[kept.pk]

    def on_roll(self):
        """The spells of everybody whom the last roll of this prison named and who has not left."""
        return [spell for spell in self._open_here() if spell.off_roll_on is None]

    def open_spell(self, person_key):
        """The spell of a person here that has not ended, or None."""
        spells = self.spells.get(person_key, [])
        return next((s for s in spells if s.ended_at is None and s.prison_id == self.prison.pk), None)

    def before(self, person):
        """What ``movement.classify`` wants to know of somebody, or None for somebody without a past in custody."""
        spells = self.spells.get(person.pk) if person else None
        if not spells:
            return None
        spell = self.open_spell(person.pk) or max(spells, key=_lateness)
        location = self.locations.get(spell.pk)
        status, kind = OUT.get(location.whereabouts, ("ACTIVE IN", "")) if location else ("", "")
        return movement.Before(
            on_roll=spell.ended_at is None and spell.off_roll_on is None,
            prison=spell.prison.code,
            booking_id=spell.booking,
            status=status,
            movement_type=kind,
            cell=location.cell if location else "",
            ended=ENDED.get(spell.end, movement.Ended.NOT_KNOWN),
            off_roll_since=spell.off_roll_on,
        )


def _lateness(spell):
    """Sorts spells: one that goes on is later than any that ended."""
    return (1, spell.pk) if spell.ended_at is None else (0, spell.ended_at.timestamp())
