"""Open cases with who holds them and where the person is; and the workers who could take one."""

import datetime
from dataclasses import dataclass

from django.db.models import Count, DateField, F, FilteredRelation, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Concat
from django.utils import timezone

from casework.formats import cells
from casework.models import Absence, Allocation, Case, ReleaseDate, User

PAGE = 50
SORTS = {
    "cell": Coalesce(F("place__cell_key"), Value(cells.LAST)),
    "name": Concat("person__surname_key", Value(" "), "person__forenames_key"),
    "worker": Coalesce(F("holding__worker__full_name"), Value("")),
    "opened": F("opened_on"),
    "release": Coalesce(F("release_on"), Value(datetime.date.max), output_field=DateField()),
}
NOBODY = "none"
EVERYBODY = "all"


@dataclass
class Page:
    """Up to ``PAGE`` cases out of ``total``; ``more``: there are others behind the last."""

    rows: list
    total: int
    more: bool

    @property
    def people(self):
        return [row.person_id for row in self.rows]


def page(user, *, worker=EVERYBODY, wing=None, sort="cell", after=None):
    """Open cases that ``user`` may see, held by ``worker`` (a key, NOBODY or EVERYBODY), on a ``wing`` (a key), behind case ``after``.

    ``sort`` is one of ``SORTS``, with a minus in front for the other way round. Three queries, and one more behind a page. The
    people come by themselves: joined, the planner reads everybody whom the prison ever held.
    """
    cases, name = _cases(user), sort.removeprefix("-")
    chosen = cases.filter(closed_on=None, **_holder(worker), **({"place__wing": wing} if wing else {}))
    total = chosen.count()
    chosen = _described(chosen, name)
    way, beyond = ("-", "lt") if sort.startswith("-") else ("", "gt")
    if after and (edge := _described(cases.filter(pk=after), name).values_list("key", flat=True).first()) is not None:
        chosen = chosen.filter(Q(**{f"key__{beyond}": edge}) | Q(**{"key": edge, f"pk__{beyond}": after}))
    rows = list(chosen.order_by(f"{way}key", f"{way}pk").prefetch_related("person")[: PAGE + 1])
    return Page(rows[:PAGE], total, len(rows) > PAGE)


def _holder(worker):
    if worker == EVERYBODY:
        return {}
    return {"holding__worker": None if worker == NOBODY else worker}


def _cases(user):
    """Cases with names for what stands beside them: ``holding`` is the open allocation, ``place`` the present location."""
    place = FilteredRelation("spell__locations", condition=Q(spell__locations__until_at=None))
    holding = FilteredRelation("allocations", condition=Q(allocations__until_at=None))
    return Case.objects.visible_to(user).alias(holding=holding, place=place)


def _described(cases, sort):
    """``cases`` with their holder, place and first release date, and the ``key`` they are sorted by."""
    releases = ReleaseDate.objects.ahead(timezone.localdate()).filter(spell=OuterRef("spell_id"))
    return cases.annotate(
        worker_name=F("holding__worker__full_name"),
        cell=F("place__cell"),
        whereabouts=F("place__whereabouts"),
        off_roll_on=F("spell__off_roll_on"),
        release_on=Subquery(releases.values("on")[:1]),
    ).annotate(key=SORTS[sort])


def holders(user):
    """Who may stand in the filter of the caseload: everybody who may hold a case, and whoever still holds one."""
    held = Allocation.objects.filter(until_at=None, prison_id=user.prison_id).values("worker")
    staff = User.objects.visible_to(user)
    return staff.filter(Q(pk__in=User.objects.caseworkers()) | Q(pk__in=held)).order_by("full_name", "pk")


@dataclass
class Candidate:
    """Somebody who could hold a case, with what speaks for and against it. ``held_before``: he held a case of this person."""

    worker: User
    cases: int
    held_before: bool
    holds_it: bool
    away_until: datetime.date | None

    @property
    def label(self):
        load = f"{self.cases} case{'' if self.cases == 1 else 's'}"
        before = ", holds it now" if self.holds_it else ", worked with this person before" if self.held_before else ""
        away = f", away until {self.away_until:%-d %B}" if self.away_until else ""
        return f"{self.worker.full_name} ({load}{before}{away})"


def candidates(person, user, *, holder=None):
    """Who could hold the case of ``person``: his former worker first, then by fewest cases; last who is away or holds it now."""
    today = timezone.localdate()
    away = Absence.objects.filter(prison_id=user.prison_id, withdrawn_at=None, from_on__lte=today, until_on__gte=today)
    away = dict(away.order_by("until_on").values_list("user", "until_on"))
    former = Allocation.objects.filter(case__person=person, prison_id=user.prison_id)
    former = former.exclude(worker=holder).values_list("worker", flat=True).first()
    staff = User.objects.visible_to(user).caseworkers()
    staff = staff.annotate(cases=Count("allocations", filter=Q(allocations__until_at=None)))
    found = [Candidate(one, one.cases, one.pk == former, one == holder, away.get(one.pk)) for one in staff]
    return sorted(
        found,
        key=lambda one: (one.holds_it, bool(one.away_until), not one.held_before, one.cases, one.worker.full_name),
    )
