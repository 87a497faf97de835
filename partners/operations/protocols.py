"""Agreements of our prison with agencies: agreed, changed, renewed, ended; and both sides told before one lapses."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from casework import audit
from casework.access import Role
from casework.models import Agency, Notice, User
from casework.operations import mail
from partners.models import Protocol, ProtocolEvent

Kind = ProtocolEvent.Kind
# Days before the last day on which things pass, and what is noted when both sides were told; the nearest first.
WARNINGS = [(7, Kind.WARNED_7), (28, Kind.WARNED_28)]


@transaction.atomic
def agree(*, agency, by, **says):
    """Our prison and ``agency`` have a protocol: from its start to its review what it names may pass, and nothing else.

    ``says``: purpose, items (of ``Protocol.Item``), basis, starts_on, review_on, signed_by_us, signed_by_them.
    """
    agency = Agency.objects.select_for_update().get(pk=agency.pk)  # One at a time: a double click is told so.
    if agency.ended_on:
        raise ValidationError({"agency": f"{agency} has been ended."})
    protocol = _made(Protocol(prison_id=by.prison_id, agency=agency, made_by=by, **says))
    _note(protocol, Kind.AGREED, by=by)
    audit.record(
        by=by,
        action="protocol.agreed",
        target=protocol,
        agency=agency,
        review_on=protocol.review_on,
        items=sorted(protocol.items),
    )
    return protocol


@transaction.atomic
def change(*, protocol, version, by, **says):
    """Put right what a protocol says, or let less pass or end sooner; ``says`` as for ``agree``, without its agency and its start.

    It never holds longer than was signed: that is a renewal.
    """
    protocol = _open(protocol)
    if says["review_on"] > protocol.review_on:
        raise ValidationError({"review_on": "A later review is a new agreement. Renew the protocol instead."})
    if says["review_on"] < protocol.review_on and protocol.renewals.filter(ended_on=None).exists():
        raise ValidationError({"review_on": "Its renewal begins the day after, so this day cannot be moved."})
    changed = protocol.change(version, **says)
    _check(protocol)
    protocol.save()
    if changed:
        _note(protocol, Kind.CHANGED, by=by, changes={name: _plain(pair) for name, pair in changed.items()})
    audit.record(by=by, action="protocol.changed", target=protocol, agency=protocol.agency_id, fields=sorted(changed))
    return protocol


@transaction.atomic
def renew(*, protocol, by, version=None, **says):
    """Agree what follows ``protocol``: it begins the day after its last day, or today where that is over. Returns the new one.

    ``says`` as for ``agree``, without agency and start. Until then the old one goes on, so that nothing stops in between.
    """
    old = _open(protocol)
    old.raise_version(version)
    old.save(update_fields=["version"])
    starts_on = max(old.review_on + timedelta(days=1), timezone.localdate())
    given = {"prison_id": old.prison_id, "agency": old.agency, "starts_on": starts_on, "made_by": by}
    made = _made(Protocol(renews=old, **given, **says))
    _note(old, Kind.RENEWED, by=by)
    _note(made, Kind.AGREED, by=by)
    audit.record(by=by, action="protocol.renewed", target=made, agency=made.agency_id, renews=old.pk)
    return made


@transaction.atomic
def end_protocol(*, protocol, version, by):
    """Nothing passes under ``protocol`` any more: its agency sees nobody of our prison from the next click."""
    protocol = Protocol.objects.select_for_update(of=["self"]).select_related("agency").get(pk=protocol.pk)
    if protocol.ended_on:
        raise ValidationError("This protocol has been ended already.")
    protocol.change(version, ended_on=timezone.localdate())
    protocol.save(update_fields=["ended_on", "version"])
    _note(protocol, Kind.ENDED, by=by)
    audit.record(by=by, action="protocol.ended", target=protocol, agency=protocol.agency_id)
    return protocol


@transaction.atomic
def warn(*, protocol_id, today, by):
    """Tell both sides that a protocol lapses within four weeks, or within one: each once, and the nearer alone where both are due.

    A protocol that something follows does not lapse. Returns what was noted, or None where there was nothing to tell.
    """
    rows = Protocol.objects.select_for_update(of=["self"]).select_related("agency", "prison")
    protocol = rows.in_force(today).unrenewed().filter(pk=protocol_id).first()
    left = (protocol.review_on - today).days if protocol else None
    due = next((kind for days, kind in WARNINGS if protocol and left <= days), None)
    if due is None or protocol.events.filter(kind=due, review_on=protocol.review_on).exists():
        return None
    told = {"kind": Notice.PROTOCOL_LAPSES, "by": by, "prison": protocol.prison}
    told["about"] = f"protocol {protocol.pk} {protocol.review_on} {due}"
    keepers = User.objects.filter(
        prison=protocol.prison_id, is_active=True, role__in=[Role.MANAGER, Role.ADMINISTRATOR]
    )
    for user in keepers.order_by("pk"):
        mail.ask(path=reverse("partners:protocol", args=[protocol.pk]), user=user, **told)
    mail.ask(path=reverse("partners:agreements"), agency=protocol.agency, **told)
    _note(protocol, due, by=by)
    audit.record(by=by, action="protocol.warned", target=protocol, agency=protocol.agency_id, kind=due)
    return due


def _open(protocol):
    row = Protocol.objects.select_for_update(of=["self"]).select_related("agency").get(pk=protocol.pk)
    if row.ended_on:
        raise ValidationError("This protocol has been ended already.")
    return row


def _made(protocol):
    _check(protocol)
    protocol.save()
    return protocol


def _check(protocol):
    """Refuse what no protocol may say: a department of the prison tells us things and is shown nothing; nobody else tells such things."""
    if protocol.review_on <= protocol.starts_on:
        raise ValidationError({"review_on": "The review date is after the start."})
    department = protocol.agency.is_department
    wrong = [item for item in protocol.items if item not in (Protocol.TOLD if department else Protocol.SHARED)]
    if wrong:
        what = " and ".join(f"“{Protocol.Item(item).label}”" for item in wrong)
        who = "a department of the prison" if department else "an agency outside the prison"
        raise ValidationError({"items": f"{what} cannot pass between us and {who}."})
    protocol.full_clean()


def _note(protocol, kind, *, by, changes=None):
    event = {"kind": kind, "review_on": protocol.review_on, "changes": changes or {}}
    ProtocolEvent.objects.create(protocol=protocol, prison_id=protocol.prison_id, at=timezone.now(), by=by, **event)


def _plain(pair):
    return [value.isoformat() if hasattr(value, "isoformat") else value for value in pair]
