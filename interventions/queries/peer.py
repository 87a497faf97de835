"""Peer supporters, the wings they cover, and the wings that nobody covers."""

from dataclasses import dataclass

from django.db.models import Case, IntegerField, Value, When
from django.utils import timezone

from casework.models import CustodySpell, Location, Wing
from interventions.models import PeerSupporter, PeerWing
from interventions.queries import unit

State = PeerSupporter.State
ORDER = {State.ACTIVE: 0, State.SUSPENDED: 1, State.PROPOSED: 2, State.ENDED: 3}


@dataclass
class Page:
    """Peer supporters who have not stopped; ``wings``: each wing in use with the names of those at work there."""

    rows: list
    wings: list

    @property
    def active(self):
        return sum(row.state == State.ACTIVE for row in self.rows)

    @property
    def late(self):
        return sum(row.is_late for row in self.rows)

    @property
    def uncovered(self):
        return [wing for wing in self.wings if not wing.peers]

    @property
    def people(self):
        return {row.person_id for row in self.rows}


def page(user):
    """Who is a peer supporter, or put forward as one, in the prison of ``user``: four queries, however many they are."""
    order = Case(*(When(state=state, then=Value(place)) for state, place in ORDER.items()), output_field=IntegerField())
    rows = PeerSupporter.objects.visible_to(user).live().select_related("person", "supervised_by")
    rows = list(rows.annotate(order=order).order_by("order", "supervision_due", "proposed_on", "pk"))
    covered = PeerWing.objects.visible_to(user).filter(peer__in=[row.pk for row in rows], until_on=None)
    wings = {}
    for peer, wing in covered.order_by("wing__code").values_list("peer", "wing"):
        wings.setdefault(peer, []).append(wing)
    named = {wing.pk: wing for wing in Wing.objects.visible_to(user).current()}
    for wing in named.values():
        wing.peers = []
    places = _places(user, {row.person_id for row in rows})
    for row in rows:
        row.where = unit.said(places.get(row.person_id))
        row.covers = [named[key] for key in wings.get(row.pk, []) if key in named]
        for wing in row.covers if row.state == State.ACTIVE else []:
            wing.peers.append(row.person.list_name)
    return Page(rows, list(named.values()))


def late(user):
    """How many peer supporters at work are overdue for supervision, in the prison of ``user``: one query."""
    working = PeerSupporter.objects.visible_to(user).filter(state=State.ACTIVE)
    return working.filter(supervision_due__lt=timezone.localdate()).count()


def _places(user, people):
    spells = CustodySpell.objects.visible_to(user).current().filter(person__in=people)
    rows = Location.objects.filter(spell__in=spells, until_at=None).select_related("spell")
    return {row.spell.person_id: row for row in rows}


def ended(user, *, after=None, size=50):
    """Those who stopped, the last first, behind the one with the key ``after``; one more than ``size``, if there are others behind."""
    rows = PeerSupporter.objects.visible_to(user).filter(state=State.ENDED).select_related("person")
    if after and (edge := rows.filter(pk=after).values_list("ended_on", flat=True).first()):
        rows = rows.filter(ended_on__lte=edge).exclude(ended_on=edge, pk__gte=after)
    return list(rows.order_by("-ended_on", "-pk")[: size + 1])


def described(peer):
    """What the page of one peer supporter shows of his wings, steps and supervision."""
    return {
        "wings": [row.wing for row in peer.wings.filter(until_on=None).select_related("wing").order_by("wing__code")],
        "steps": peer.steps.select_related("by"),
        "supervisions": peer.supervisions.select_related("by"),
    }
