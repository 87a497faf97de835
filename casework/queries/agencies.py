"""What the address book says of agencies."""

from django.db.models import Exists, OuterRef, Q

from casework.models import Agency, AgencyArea, AgencyPerson


def contact_of(agency):
    """Whom a handover to ``agency`` is addressed to: its one point of contact, or None where nobody is named, or no agency yet."""
    return AgencyPerson.objects.contacts().filter(agency=agency.pk).first() if agency.pk else None


def book(user, *, search="", kind=""):
    """Agencies in the book by name, with their areas and contact: all, of one ``kind``, those with ``search`` in name or area."""
    found = Agency.objects.visible_to(user).current().with_current_areas().with_contact()
    if kind:
        found = found.filter(kind=kind)
    if search := search.strip():
        areas = AgencyArea.objects.filter(agency=OuterRef("pk"), ended_on=None, area__icontains=search)
        found = found.filter(Q(name__icontains=search) | Exists(areas))
    return found.order_by("name", "pk")
