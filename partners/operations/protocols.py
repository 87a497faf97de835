"""Agreements of our prison with agencies."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import Agency
from partners.models import Protocol


@transaction.atomic
def agree(*, agency, by, **says):
    """Our prison and ``agency`` have a protocol: from its start to its review what it names may pass, and nothing else.

    ``says``: purpose, items (of ``Protocol.Item``), basis, starts_on, review_on, signed_by_us, signed_by_them.
    """
    agency = Agency.objects.select_for_update().get(pk=agency.pk)  # One at a time: a double click is told so.
    if agency.ended_on:
        raise ValidationError({"agency": f"{agency} has been ended."})
    protocol = Protocol(prison_id=by.prison_id, agency=agency, made_by=by, **says)
    protocol.full_clean()
    protocol.save()
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
def end_protocol(*, protocol, version, by):
    """Nothing passes under ``protocol`` any more: its agency sees nobody of our prison from the next click."""
    protocol = Protocol.objects.select_for_update(of=["self"]).select_related("agency").get(pk=protocol.pk)
    if protocol.ended_on:
        raise ValidationError("This protocol has been ended already.")
    protocol.change(version, ended_on=timezone.localdate())
    protocol.save(update_fields=["ended_on", "version"])
    audit.record(by=by, action="protocol.ended", target=protocol, agency=protocol.agency_id)
    return protocol
