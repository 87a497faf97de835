"""The catalogue with what there is to say of each programme, and which wing has which."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Count

from casework.models import Wing
from interventions.models import Coverage, Enrolment, Programme

State = Enrolment.State
CHANGES = 50


@dataclass
class Line:
    """A programme in the catalogue. ``counts``: state → people; ``wings``: codes of the wings that have it."""

    programme: Programme
    counts: dict
    wings: list

    @property
    def proposed(self):
        return self.counts.get(State.PROPOSED, 0)

    @property
    def waiting(self):
        return self.counts.get(State.WAITING, 0)

    @property
    def taking_part(self):
        return sum(self.counts.get(state, 0) for state in [State.ALLOCATED, State.ACTIVE, State.SUSPENDED])

    @property
    def completed(self):
        return self.counts.get(State.COMPLETED, 0)


@dataclass
class Map:
    """``wings``: the columns; ``rows``: (programme, for each wing its ``Coverage`` or None); ``changes``: what began or ended lately."""

    wings: list
    rows: list
    changes: list


def catalogue(user, *, ended=False, counts=True):
    """A ``Line`` for each programme of the prison of ``user``, of those that ended where asked; three queries, two without ``counts``."""
    programmes = Programme.objects.visible_to(user).select_related("link_worker")
    programmes = programmes.exclude(ended_on=None) if ended else programmes.current()
    people, wings = {}, {}
    for key, state, count in counted(user) if counts else []:
        people.setdefault(key, {})[state] = count
    rows = Coverage.objects.filter(prison_id=user.prison_id, until_on=None, wing__ended_on=None)
    for key, code in rows.order_by("wing__code").values_list("programme", "wing__code"):
        wings.setdefault(key, []).append(code)
    return [Line(each, people.get(each.pk, {}), wings.get(each.pk, [])) for each in programmes]


def counted(user):
    """(programme, state, how many people), as far as ``user`` may see them."""
    rows = Enrolment.objects.visible_to(user).order_by()
    return rows.values_list("programme", "state").annotate(people=Count("pk"))


def people_in(programme):
    """How many people are in ``programme`` or wait for it, whoever they are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ww.people_in_programme(%s)", [programme.pk])
        return cursor.fetchone()[0]


def coverage(user):
    """Which wing of the prison of ``user`` has which programme; four queries."""
    wings = list(Wing.objects.visible_to(user).current().order_by("code"))
    rows = Coverage.objects.filter(prison_id=user.prison_id)
    standing = {(row.programme_id, row.wing_id): row for row in rows.filter(until_on=None)}
    programmes = Programme.objects.visible_to(user).current()
    lately = rows.select_related("programme", "wing").order_by("-pk")[:CHANGES]
    changes = [(row.from_on, row, "began") for row in lately]
    changes += [(row.until_on, row, "ended") for row in lately if row.until_on]
    changes.sort(key=lambda change: (change[0], change[1].pk), reverse=True)
    return Map(
        wings=wings,
        rows=[(each, [standing.get((each.pk, wing.pk)) for wing in wings]) for each in programmes],
        changes=[{"on": on, "programme": row.programme, "wing": row.wing, "what": what} for on, row, what in changes],
    )


def covered(programme):
    """The wings that have ``programme`` now."""
    return Wing.objects.filter(pk__in=programme.coverage.filter(until_on=None).values("wing"), ended_on=None)
