"""Who could take a case, in the order in which one would ask them, and why; for one case or for all of somebody's."""

import datetime
import math
from dataclasses import dataclass, field

from django.db.models import Count, Q
from django.utils import timezone

from casework.access import Role
from casework.models import Absence, Allocation, Case, CoWorker, Location, User, WingCover


@dataclass
class Candidate:
    """Somebody who could hold a case, with what speaks for and against it. ``covers``: the name of the person's wing, if it is his."""

    worker: User
    cases: int
    held_before: bool = False
    beside: bool = False
    holds_it: bool = False
    covers: str = ""
    away_until: datetime.date | None = None

    @property
    def is_full(self):
        return self.cases >= self.worker.capacity

    @property
    def load(self):
        """How full he is, in tenths of his capacity: who are about equally full count as equal. Who holds no cases stands last."""
        return 10 * self.cases // self.worker.capacity if self.worker.capacity else math.inf

    @property
    def reasons(self):
        """What there is to say of him, in words."""
        said = {
            f"{self.cases} of {self.worker.capacity} cases": True,
            "holds it now": self.holds_it,
            "worked with this person before": self.held_before and not self.holds_it,
            "co-worker on this case": self.beside,
            f"covers {self.covers}": bool(self.covers),
            f"away until {self.away_until:%-d %B}" if self.away_until else "": bool(self.away_until),
        }
        return [words for words, holds in said.items() if holds]

    @property
    def label(self):
        return f"{self.worker.full_name} ({', '.join(self.reasons)})"

    @property
    def order(self):
        known = 0 if self.held_before else 1 if self.beside else 2
        now = (self.holds_it, bool(self.away_until), self.is_full)
        return (*now, known, self.load, not self.covers, self.cases, self.worker.full_name, self.worker.pk)


class Team:
    """The workers of the prison of ``user`` with their caseloads, absences and wings: three queries for however many cases."""

    def __init__(self, user):
        today, prison = timezone.localdate(), user.prison_id
        away = Absence.objects.filter(prison_id=prison, withdrawn_at=None, from_on__lte=today, until_on__gte=today)
        self.away = dict(away.order_by("until_on").values_list("user", "until_on"))
        self.cover = set(WingCover.objects.filter(prison_id=prison, ended_on=None).values_list("user", "wing"))
        held = Count("allocations", filter=Q(allocations__until_at=None))
        self.staff = list(User.objects.visible_to(user).caseworkers().annotate(held=held))
        self.cases = {worker.pk: worker.held for worker in self.staff}

    def candidates(self, *, former=None, beside=(), holder=None, wing=None):
        """Everybody, the likeliest first: who held a case of the person before, then a co-worker, then by load, wing and name.

        Whoever is full, away or holds it already stands behind the others. ``former``, ``beside``, ``holder``: keys of accounts.
        """
        found = [
            Candidate(
                worker=worker,
                cases=self.cases[worker.pk],
                held_before=worker.pk == former,
                beside=worker.pk in beside,
                holds_it=worker.pk == holder,
                covers=wing.name if wing and (worker.pk, wing.pk) in self.cover else "",
                away_until=self.away.get(worker.pk),
            )
            for worker in self.staff
        ]
        return sorted(found, key=lambda one: one.order)

    def give(self, worker):
        """Count one case more for ``worker``, so that the next proposal knows of this one."""
        self.cases[worker.pk] += 1


def candidates(person, user, *, holder=None):
    """Who could hold the case of ``person``, the likeliest first; ``holder``: who holds it now, if anybody. Six queries."""
    before = Allocation.objects.filter(case__person=person, prison_id=user.prison_id).exclude(worker=holder)
    helps = CoWorker.objects.filter(person=person, prison_id=user.prison_id, until_at=None)
    place = Location.objects.filter(spell__person=person, prison_id=user.prison_id, until_at=None)
    place = place.select_related("wing").first()
    return Team(user).candidates(
        former=before.values_list("worker", flat=True).first(),
        beside=set(helps.values_list("worker", flat=True)),
        holder=holder and holder.pk,
        wing=place and place.wing,
    )


def suggestion(candidates):
    """The first of ``candidates`` who could take the case now, or None when nobody can."""
    return next((one for one in candidates if not one.away_until and not one.holds_it), None)


@dataclass
class Proposal:
    """One case of somebody whose cases move: ``allocation`` ends, ``suggested`` is who the product proposes, if anybody."""

    allocation: Allocation
    case: Case
    candidates: list
    suggested: Candidate | None
    place: Location | None = None

    @property
    def key(self):
        return self.allocation.pk


@dataclass
class Spread:
    """All open cases of ``worker`` with a proposal for each; ``beside``: the cases that he only works beside somebody."""

    worker: User
    proposals: list = field(default_factory=list)
    beside: list = field(default_factory=list)
    away_until: datetime.date | None = None


def spread(worker, user):
    """What would become of the cases of ``worker``: each proposal knows of those before it. Ten queries, however many cases."""
    team = Team(user)
    team.staff = [one for one in team.staff if one.pk != worker.pk]
    seen = Case.objects.visible_to(user).open()
    held = Allocation.objects.filter(worker=worker, until_at=None, case__in=seen).select_related("case__person")
    held = sorted(held, key=lambda one: (one.case.person.surname_key, one.case.person.forenames_key, one.pk))
    spells, people = [one.case.spell_id for one in held], [one.case.person_id for one in held]
    places = {
        place.spell_id: place
        for place in Location.objects.filter(spell__in=spells, until_at=None).select_related("wing")
    }
    former = {}
    known = Allocation.objects.filter(case__person__in=people, prison_id=user.prison_id).exclude(worker=worker)
    for person, before in known.values_list("case__person", "worker"):
        former.setdefault(person, before)
    beside = {}
    for case, one in CoWorker.objects.filter(case__in=[one.case_id for one in held], until_at=None).values_list(
        "case", "worker"
    ):
        beside.setdefault(case, set()).add(one)
    made = Spread(worker, away_until=team.away.get(worker.pk))
    for one in held:
        place = places.get(one.case.spell_id)
        found = team.candidates(
            former=former.get(one.case.person_id), beside=beside.get(one.case_id, ()), wing=place and place.wing
        )
        suggested = suggestion(found)
        if suggested:
            team.give(suggested.worker)
        made.proposals.append(Proposal(one, one.case, found, suggested, place))
    helps = CoWorker.objects.visible_to(user).filter(worker=worker, until_at=None, case__closed_on=None)
    made.beside = list(helps.select_related("person"))
    return made


def moved(keys, user):
    """Of the allocations with these ``keys``, those that ended: whose case each was and who holds it now, in words."""
    gone = Allocation.objects.filter(pk__in=keys, case__in=Case.objects.visible_to(user)).select_related("case__person")
    now = Allocation.objects.filter(case__in=[one.case_id for one in gone], until_at=None).select_related("worker")
    holders = {one.case_id: one.worker for one in now}
    return [f"{one.case.person.name} ({holders.get(one.case_id, 'closed')})" for one in gone]


def left_behind(user):
    """Workers who hold cases and are not here to do the work: away today, deactivated, or in another role. Each with ``held``."""
    today = timezone.localdate()
    held = Count("allocations", filter=Q(allocations__until_at=None, allocations__case__closed_on=None))
    staff = User.objects.visible_to(user).with_absences_on(today).annotate(held=held).filter(held__gt=0)
    works = Q(is_active=True, role__in=[Role.KEYWORKER, Role.MANAGER])
    return staff.filter(~works | Q(away_until__isnull=False)).order_by("full_name", "pk")
