"""Series as a list, and what has to be settled before one can end."""

from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from interventions.models import Enrolment, GroupSession
from interventions.queries import enrolment, group

PAGE = 50
BEGUN = [Enrolment.State.ACTIVE, Enrolment.State.SUSPENDED]


@dataclass
class Page:
    """Series that fit on one page, those that began last first, and the key of the last if there are more."""

    rows: list
    next_key: int | None


def page(user, *, ended=False, after=None):
    """A page of the series that go on, or of those that ``ended``: each with who has a place and how many sessions were and will be."""
    rows = group.series(user).filter(ended_on__isnull=not ended)
    edge = rows.filter(pk=after).values_list("from_on", "pk").first() if after else None
    if edge:
        rows = rows.filter(Q(from_on__lt=edge[0]) | Q(from_on=edge[0], pk__lt=edge[1]))
    open_states = [GroupSession.State.PLANNED, GroupSession.State.CONFIRMED]
    taken = Enrolment.objects.visible_to(user).filter(series=OuterRef("pk"), state__in=enrolment.HOLDING)
    taken = taken.order_by().values("series").annotate(count=Count("pk")).values("count")
    rows = rows.annotate(
        taken=Coalesce(Subquery(taken), 0),
        held=Count("sessions", filter=Q(sessions__state=GroupSession.State.HELD)),
        coming=Count(
            "sessions", filter=Q(sessions__state__in=open_states, sessions__period__startswith__gt=timezone.now())
        ),
        called_off=Count("sessions", filter=Q(sessions__state=GroupSession.State.CANCELLED)),
    )
    rows = list(rows.order_by("-from_on", "-pk")[: PAGE + 1])
    return Page(rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None)


def begun(series, user):
    """Who attends ``series``, or whose attendance rests, as far as ``user`` may see them."""
    rows = Enrolment.objects.visible_to(user).filter(series=series, state__in=BEGUN).select_related("person")
    return rows.order_by("person__surname_key", "person__forenames_key", "pk")


def not_begun(series, user):
    """Who has a place in ``series`` and never began."""
    rows = Enrolment.objects.visible_to(user).filter(series=series, state=Enrolment.State.ALLOCATED)
    return rows.select_related("person").order_by("person__surname_key", "person__forenames_key", "pk")


def unwritten(series):
    """The sessions of ``series`` that have begun and of which nobody has said yet what came of them."""
    rows = GroupSession.objects.filter(series=series, period__startswith__lte=timezone.now()).open()
    return rows.order_by("period", "pk")


def unsettled(series):
    """Why ``series`` cannot end yet: sentences, none if it can."""
    said = []
    if people := Enrolment.objects.filter(series=series, state__in=BEGUN).count():
        who = "1 person attends it" if people == 1 else f"{people} people attend it"
        said.append(f"{who}. Say of each first whether they graduate, or why they did not complete it.")
    if registers := unwritten(series).count():
        which = "1 register is" if registers == 1 else f"{registers} registers are"
        said.append(f"{which} not written yet. Close it first, or record that the session could not run.")
    return said
