"""The address book: agencies, the areas they cover, and the people who work there."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from casework import audit
from casework.models import Agency, AgencyArea, AgencyPerson, Prison
from casework.queries import counts


@transaction.atomic
def add(*, by, **values):
    """Put an agency into the address book, which all prisons share."""
    Prison.objects.select_for_update().get(pk=by.prison_id)  # One at a time: a double click is told so.
    agency = Agency(**values)
    agency.full_clean()
    agency.save()
    audit.record(by=by, action="agency.added", target=agency)
    return agency


@transaction.atomic
def change(*, agency, version, by, **values):
    """Change what the address book says of ``agency``."""
    agency = _in_the_book(agency)
    changed = agency.change(version, **values)
    agency.full_clean()
    agency.save()
    audit.record(by=by, action="agency.changed", target=agency, changed=sorted(changed))
    return agency


@transaction.atomic
def end(*, agency, version, by):
    """Take ``agency`` out of the book from today, once nobody can sign in for it."""
    agency = _in_the_book(agency)
    if accounts := counts.accounts_of(agency):
        people = "person" if accounts == 1 else "people"
        raise ValidationError(f"{accounts} {people} can still sign in for {agency}. Deactivate their accounts first.")
    agency.change(version, ended_on=timezone.localdate())
    agency.save()
    audit.record(by=by, action="agency.ended", target=agency)
    return agency


@transaction.atomic
def add_area(*, agency, area, from_on, by):
    """``agency`` covers a local authority from a day on."""
    agency = _in_the_book(agency)
    row = AgencyArea(agency=agency, area=area, from_on=from_on)
    row.full_clean()
    row.save()
    audit.record(by=by, action="agency.area_added", target=agency, area=area)
    return row


@transaction.atomic
def end_area(*, area, by):
    """The agency covers ``area`` until today. Ending it again changes nothing."""
    area = AgencyArea.objects.select_for_update().get(pk=area.pk)
    if area.ended_on is None:
        area.ended_on = max(timezone.localdate(), area.from_on)
        area.save(update_fields=["ended_on"])
        audit.record(by=by, action="agency.area_ended", target=area.agency, area=area.area)
    return area


@transaction.atomic
def add_person(*, agency, by, **values):
    """Somebody works at ``agency``. As the point of contact he takes the place of whoever was it."""
    agency = _in_the_book(agency)
    row = AgencyPerson(agency=agency, **values)
    _write_person(row)
    audit.record(by=by, action="agency.person_added", target=agency, row=row.pk, is_contact=row.is_contact)
    return row


@transaction.atomic
def change_person(*, row, version, by, **values):
    """Change what the book says of somebody who works at an agency."""
    agency = _in_the_book(row.agency)
    row = _still_there(row)
    changed = row.change(version, **values)
    _write_person(row)
    audit.record(by=by, action="agency.person_changed", target=agency, row=row.pk, changed=sorted(changed))
    return row


@transaction.atomic
def end_person(*, row, version, by):
    """Somebody has left the agency. If he was its point of contact it has none until another is named."""
    agency = Agency.objects.select_for_update().get(pk=row.agency_id)
    row = _still_there(row)
    row.change(version, ended_on=timezone.localdate(), is_contact=False)
    row.save()
    audit.record(by=by, action="agency.person_ended", target=agency, row=row.pk)
    return row


def _write_person(row):
    if row.is_contact:
        before = AgencyPerson.objects.contacts().filter(agency=row.agency_id).exclude(pk=row.pk)
        before.update(is_contact=False, version=F("version") + 1)
    row.full_clean()
    row.save()


def _still_there(row):
    row = AgencyPerson.objects.select_for_update().get(pk=row.pk)
    if row.ended_on:
        raise ValidationError(f"{row} has been ended already.")
    return row


def _in_the_book(agency):
    agency = Agency.objects.select_for_update().get(pk=agency.pk)
    if agency.ended_on:
        raise ValidationError(f"{agency} has been ended already.")
    return agency
