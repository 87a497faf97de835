"""Restricted records: what managers are told of them, and how many there are that a reader is not shown."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import BooleanField, F, Func, Prefetch, Q

from casework.models import Allocation, CoWorker, Person, Restriction, RestrictionAccess, User

PAGE = 50


@dataclass
class Page:
    """Up to ``PAGE`` restrictions; ``more``: there are others behind the last."""

    rows: list
    more: bool

    @property
    def people(self):
        return {row.person_id for row in self.rows}


def marked(people):
    """``people``, each with ``is_restricted``: whether his record is restricted in the prison of who asks, and names him."""
    return people.annotate(is_restricted=Func(F("pk"), function="ww.is_restricted", output_field=BooleanField()))


def standing(user):
    """Restrictions in the prison of ``user`` that have not been lifted."""
    return Restriction.objects.visible_to(user).open()


def page(user, *, lifted=False, after=None):
    """Restrictions in the prison of ``user``, newest first, behind the one with the key ``after``.

    Each has ``named`` (accounts) and ``shown``: the person, if the restriction names ``user`` or is lifted; for others None.
    """
    rows = Restriction.objects.visible_to(user).filter(lifted_at__isnull=not lifted)
    if after and (edge := rows.filter(pk=after).values_list("made_at", "pk").first()):
        rows = rows.filter(Q(made_at__lt=edge[0]) | Q(made_at=edge[0], pk__lt=edge[1]))
    rows = list(_told(rows).order_by("-made_at", "-pk")[: PAGE + 1])
    _show(rows, user)
    return Page(rows[:PAGE], len(rows) > PAGE)


def restriction(user, restriction_id):
    """One restriction that is not lifted, as in ``page``; None where there is none."""
    rows = list(_told(standing(user).filter(pk=restriction_id)))
    _show(rows, user)
    return rows[0] if rows else None


def of_person(person, user):
    """The restriction of ``person`` that is not lifted, as in ``page``, or None."""
    rows = list(_told(standing(user).filter(person=person)))
    _show(rows, user)
    return rows[0] if rows else None


def _told(rows):
    accesses = RestrictionAccess.objects.filter(until_at=None).select_related("user").order_by("user__full_name", "pk")
    return rows.select_related("made_by", "lifted_by").prefetch_related(Prefetch("accesses", accesses, to_attr="open"))


def _show(rows, user):
    people = Person.objects.visible_to(user).in_bulk([row.person_id for row in rows])
    for row in rows:
        row.named = [access.user for access in row.open]
        row.shown = people.get(row.person_id)


def may_be_named(user):
    """Who may be named: whoever may hold cases in the prison of ``user``."""
    return User.objects.visible_to(user).caseworkers().order_by("full_name", "pk")


def who_works_with(person, user):
    """Keys of those who hold or share the case of ``person``."""
    held = Allocation.objects.filter(case__person=person, prison=user.prison_id, until_at=None)
    shared = CoWorker.objects.visible_to(user).filter(person=person, until_at=None)
    return {*held.values_list("worker", flat=True), *shared.values_list("worker", flat=True)}


def hidden_numbers(numbers):
    """Those of the prison ``numbers`` whose record is restricted and hidden from who asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ww.hidden_numbers(%s)", [sorted(numbers)])
        return set(cursor.fetchone()[0])


def may_see(worker, person_key):
    """Whether the record of the person with this key is open to ``worker``, or restricted and names him."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ww.may_see(%s, %s)", [worker.pk, person_key])
        return cursor.fetchone()[0]
