"""Open cases with who holds them, where the person is and how far the work is."""

import datetime
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, DateField, Exists, F, FilteredRelation, OuterRef, Q, Subquery, Value
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
    """Up to ``PAGE`` cases out of ``total``, ``shared`` of them as co-worker; ``more``: there are others behind the last."""

    rows: list
    total: int
    shared: int
    more: bool

    @property
    def people(self):
        return [row.person_id for row in self.rows]


def page(user, *, worker=EVERYBODY, wing=None, stage=None, strand=None, sort="cell", after=None):
    """Open cases that ``user`` may see, behind case ``after``.

    ``worker``: who holds them or works beside who does: a key or MINE (``user``), else NOBODY or EVERYBODY. ``wing``: a key;
    ``stage``: a ``Stage``, where SUSPENDED is whose work rests, closing or not; ``strand``: a kind, CLINICAL or NO_CLINICAL. ``sort``
    is one of ``SORTS``, with a minus in front for the other way round. Three queries, and one more behind a page. The people come by
    themselves: joined, the planner reads everybody whom the prison ever held.
    """
    cases, name = _cases(user), sort.removeprefix("-")
    worker = user.pk if worker == MINE else worker
    chosen = cases.filter(closed_on=None, **({"place__wing": wing} if wing else {}))
    chosen = _in_strand(_at_stage(_of_worker(chosen, worker), stage), strand)
    total, shared = _counted(chosen, worker)
    chosen = _described(chosen, name)
    way, beyond = ("-", "lt") if sort.startswith("-") else ("", "gt")
    if after and (edge := _described(cases.filter(pk=after), name).values_list("key", flat=True).first()) is not None:
        chosen = chosen.filter(Q(**{f"key__{beyond}": edge}) | Q(**{"key": edge, f"pk__{beyond}": after}))
    rows = list(chosen.order_by(f"{way}key", f"{way}pk").prefetch_related("person")[: PAGE + 1])
    return Page(_said(rows[:PAGE], worker), total, shared, len(rows) > PAGE)


def _of_worker(cases, worker):
    if worker == EVERYBODY:
        return cases
    return cases.filter(holding__worker=None) if worker == NOBODY else cases.worked_by(worker)


def _counted(cases, worker):
    """How many there are, and how many of them ``worker`` does not hold but shares; one query."""
    if worker in {EVERYBODY, NOBODY}:
        return cases.count(), 0
    found = cases.aggregate(total=Count("pk"), held=Count("pk", filter=Q(holding__worker=worker)))
    return found["total"], found["total"] - found["held"]


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


def _said(rows, worker):
    """What the list says of each case besides: for how many days it is open, and whether ``worker``, if it is of one, only shares it."""
    today, of_one = timezone.localdate(), worker not in {EVERYBODY, NOBODY}
    for row in rows:
        row.days = (today - row.opened_on).days
        row.is_shared = of_one and str(row.worker) != str(worker)
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
            worker=F("holding__worker"),
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
    """Who may stand in the filter of the caseload: everybody who may hold a case, and whoever still holds or shares one."""
    works = Q(until_at=None, prison_id=user.prison_id)
    held, shared = (model.objects.filter(works).values("worker") for model in (Allocation, CoWorker))
    staff = User.objects.visible_to(user).filter(
        Q(pk__in=User.objects.caseworkers()) | Q(pk__in=held) | Q(pk__in=shared)
    )
    return staff.order_by("full_name", "pk")
