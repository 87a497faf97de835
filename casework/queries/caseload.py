"""Open cases with who holds them, where the person is and how far the work is."""

import datetime
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import DateField, Exists, F, FilteredRelation, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Concat
from django.utils import timezone

from casework.formats import cells
from casework.models import Allocation, Case, CoWorker, ReleaseDate, Stage, Strand, User
from casework.queries.cases import staged, with_strands

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
MINE = "mine"
CLINICAL = "CLINICAL"
NO_CLINICAL = "NO_CLINICAL"


@dataclass
class Page:
    """Up to ``PAGE`` cases out of ``total``; ``more``: there are others behind the last."""

    rows: list
    total: int
    more: bool

    @property
    def people(self):
        return [row.person_id for row in self.rows]


def page(user, *, worker=EVERYBODY, wing=None, stage=None, strand=None, sort="cell", after=None):
    """Open cases that ``user`` may see, behind case ``after``.

    ``worker``: who holds them (a key, NOBODY or EVERYBODY), or MINE: those that ``user`` holds or works beside. ``wing``: a key;
    ``stage``: a ``Stage``, where SUSPENDED is whose work rests, closing or not; ``strand``: a kind, CLINICAL or NO_CLINICAL. ``sort``
    is one of ``SORTS``, with a minus in front for the other way round. Three queries, and one more behind a page. The people come by
    themselves: joined, the planner reads everybody whom the prison ever held.
    """
    cases, name = _cases(user), sort.removeprefix("-")
    chosen = cases.filter(closed_on=None, **({"place__wing": wing} if wing else {}))
    chosen = _in_strand(_at_stage(_of_worker(chosen, worker, user), stage), strand)
    total = chosen.count()
    chosen = _described(chosen, name)
    way, beyond = ("-", "lt") if sort.startswith("-") else ("", "gt")
    if after and (edge := _described(cases.filter(pk=after), name).values_list("key", flat=True).first()) is not None:
        chosen = chosen.filter(Q(**{f"key__{beyond}": edge}) | Q(**{"key": edge, f"pk__{beyond}": after}))
    rows = list(chosen.order_by(f"{way}key", f"{way}pk").prefetch_related("person")[: PAGE + 1])
    return Page(_said(rows[:PAGE]), total, len(rows) > PAGE)


def _of_worker(cases, worker, user):
    if worker == EVERYBODY:
        return cases
    if worker == MINE:
        return cases.worked_by(user)
    return cases.filter(holding__worker=None if worker == NOBODY else worker)


def _at_stage(cases, stage):
    if stage is None:
        return cases
    return cases.exclude(rest="") if stage == Stage.SUSPENDED else cases.filter(stage=stage)


def _in_strand(cases, strand):
    if strand is None:
        return cases
    kinds = Strand.CLINICAL if strand in {CLINICAL, NO_CLINICAL} else [strand]
    found = Exists(Strand.objects.filter(case=OuterRef("pk"), kind__in=kinds, ended_on=None))
    return cases.filter(~found if strand == NO_CLINICAL else found)


def _said(rows):
    """What the list says of each case besides: for how many days it is open."""
    today = timezone.localdate()
    for row in rows:
        row.days = (today - row.opened_on).days
    return rows


def _cases(user):
    """Cases with names for what stands beside them: ``holding`` is the open allocation, ``place`` the present location."""
    place = FilteredRelation("spell__locations", condition=Q(spell__locations__until_at=None))
    holding = FilteredRelation("allocations", condition=Q(allocations__until_at=None))
    return staged(Case.objects.visible_to(user)).alias(holding=holding, place=place)


def _described(cases, sort):
    """``cases`` with their workers, place, strands and first release date, and the ``key`` they are sorted by."""
    beside = CoWorker.objects.filter(case=OuterRef("pk"), until_at=None).order_by("worker__full_name")
    releases = ReleaseDate.objects.ahead(timezone.localdate()).filter(spell=OuterRef("spell_id"))
    return (
        with_strands(cases)
        .annotate(
            worker_name=F("holding__worker__full_name"),
            cell=F("place__cell"),
            whereabouts=F("place__whereabouts"),
            off_roll_on=F("spell__off_roll_on"),
            left_at=F("spell__ended_at"),
            beside=ArraySubquery(beside.values("worker__full_name")),
            release_on=Subquery(releases.values("on")[:1]),
        )
        .annotate(key=SORTS[sort])
    )


def holders(user):
    """Who may stand in the filter of the caseload: everybody who may hold a case, and whoever still holds one."""
    held = Allocation.objects.filter(until_at=None, prison_id=user.prison_id).values("worker")
    staff = User.objects.visible_to(user)
    return staff.filter(Q(pk__in=User.objects.caseworkers()) | Q(pk__in=held)).order_by("full_name", "pk")
