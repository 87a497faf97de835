"""Restricting a record to the staff named, changing who is named, lifting the restriction."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import Allocation, CoWorker, Person, Restriction, RestrictionAccess, User

STALE = "Somebody else changed who is named while you had this open. The names are shown as they are now; look, then change them again."
LIFTED = "This restriction was lifted already."


@transaction.atomic
def restrict(*, person, kind, reason, named, by, nonce=None):
    """Hide the record of ``person``, in the prison of ``by``, from everybody but the staff ``named``, among them who works with him."""
    nonce = nonce or uuid.uuid4()
    if made := Restriction.objects.made_once(nonce):
        return made
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    _check_named(named, person, by)
    now = timezone.now()
    restriction = Restriction(
        person=person,
        prison_id=by.prison_id,
        number=person.number,
        kind=kind,
        reason=reason,
        made_at=now,
        made_by=by,
        nonce=nonce,
    )
    restriction.full_clean()
    restriction.save()
    _name(restriction, named, by=by, at=now)
    keys = sorted(user.pk for user in named)
    audit.record(by=by, action="restriction.made", target=restriction, kind=kind, named=keys)
    return restriction


@transaction.atomic
def change(*, restriction, named, by, seen=None):
    """Name these staff and no others. ``seen``: the keys of those who were named when the user looked (None: whoever is)."""
    restriction = _locked(restriction)
    accesses = {access.user_id: access for access in restriction.accesses.filter(until_at=None)}
    if seen is not None and set(seen) != set(accesses):
        raise ValidationError(STALE, code="stale")
    _check_named(named, restriction.person, by)
    now, wanted = timezone.now(), {user.pk: user for user in named}
    added, ended = sorted(wanted.keys() - accesses), sorted(accesses.keys() - wanted)
    if not added and not ended:
        return restriction
    _name(restriction, [wanted[key] for key in added], by=by, at=now)
    restriction.accesses.filter(until_at=None, user__in=ended).update(until_at=now)
    audit.record(by=by, action="restriction.changed", target=restriction, added=added, ended=ended)
    return restriction


@transaction.atomic
def name_oneself(*, restriction, reason, by):
    """A manager who is not named names himself and says why; whoever is named reads it. Twice is once."""
    restriction = _locked(restriction)
    if named := restriction.accesses.filter(until_at=None, user=by).first():
        return named
    access = RestrictionAccess(
        restriction=restriction,
        prison_id=restriction.prison_id,
        user=by,
        reason=reason,
        from_at=timezone.now(),
        given_by=by,
    )
    access.full_clean()
    access.save()
    audit.record(by=by, action="restriction.named_oneself", target=restriction)
    return access


@transaction.atomic
def lift(*, restriction, reason, by):
    """Open the record to the whole team again. The same again changes nothing."""
    restriction = Restriction.objects.select_for_update(no_key=True).get(pk=restriction.pk)
    if restriction.lifted_at:
        return restriction
    restriction.lifted_at, restriction.lifted_by, restriction.lifted_why = timezone.now(), by, reason
    restriction.full_clean()
    restriction.save(update_fields=["lifted_at", "lifted_by", "lifted_why"])
    audit.record(by=by, action="restriction.lifted", target=restriction)
    return restriction


@transaction.atomic
def move(*, removed, kept, at, by):
    """Two numbers are one person. A restriction of either holds for the one that is kept; of two, the kept one's names stay."""
    have = set(Restriction.objects.open().filter(person=kept).values_list("prison", flat=True))
    doubled = Restriction.objects.open().filter(person=removed, prison__in=have)
    doubled.update(lifted_at=at, lifted_by=by, lifted_why="Recorded under another number")
    moved = Restriction.objects.filter(person=removed).update(person=kept, number=kept.number)
    audit.record(by=by, action="restriction.moved", target=kept, removed=removed.pk, count=moved)


def _locked(restriction):
    restriction = Restriction.objects.select_for_update(of=["self"], no_key=True).get(pk=restriction.pk)
    if restriction.lifted_at:
        raise ValidationError(LIFTED)
    return restriction


def _check_named(named, person, by):
    """Somebody is named, all of them work here now, and nobody who works with the person is shut out from his own case."""
    if not named:
        raise ValidationError({"named": "Name at least one person who may see the record."})
    keys = {user.pk for user in named}
    here = User.objects.caseworkers().filter(prison_id=by.prison_id, pk__in=keys).values_list("pk", flat=True)
    if keys - set(here):
        raise ValidationError({"named": "Choose people who work on this team now."})
    mine = {"case__person": person, "prison": by.prison_id, "until_at": None}
    holders = Allocation.objects.filter(**mine).values_list("worker__pk", "worker__full_name")
    shared = CoWorker.objects.filter(person=person, prison=by.prison_id, until_at=None)
    workers = dict(holders) | dict(shared.values_list("worker__pk", "worker__full_name"))
    if left_out := sorted(name for key, name in workers.items() if key not in keys):
        names = " and ".join(left_out)
        raise ValidationError(
            {
                "named": f"{names} works with this person. Name {names} too, or give the case to somebody who is named first."
            }
        )


def _name(restriction, users, *, by, at):
    for user in users:
        access = RestrictionAccess(
            restriction=restriction, prison_id=restriction.prison_id, user=user, from_at=at, given_by=by
        )
        access.full_clean()
        access.save()
