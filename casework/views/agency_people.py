"""Who works at an agency, as an administrator keeps it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from casework.access import Permission, requires
from casework.forms.agency import AgencyPersonForm
from casework.forms.versioned import VersionedForm
from casework.models import Agency
from casework.operations import agency as operations

FORM = "casework/settings/form.html"


@requires(Permission.KEEP_AGENCIES)
def add(request, agency_id):
    agency = get_object_or_404(Agency.objects.visible_to(request.user).current(), pk=agency_id)
    back = reverse("casework:agency", args=[agency.pk])
    form = AgencyPersonForm(request.POST or None, save_text="Add person", cancel_url=back)
    if form.is_valid():
        try:
            row = operations.add_person(agency=agency, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{row} added")
            return redirect(back)
    return render(request, FORM, {"form": form, "title": f"Add a person to {agency}"})


@requires(Permission.KEEP_AGENCIES)
def change(request, agency_id, row_id):
    row, back = _row(request, agency_id, row_id)
    form = AgencyPersonForm(request.POST or None, row=row, cancel_url=back)
    if form.is_valid():
        try:
            row = operations.change_person(row=row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{row} changed")
            return redirect(back)
    return render(request, FORM, {"form": form, "title": f"Change {row}"})


@requires(Permission.KEEP_AGENCIES)
def end(request, agency_id, row_id):
    row, back = _row(request, agency_id, row_id)
    form = VersionedForm(request.POST or None, row=row, save_text="Take out of the book", cancel_url=back)
    if form.is_valid():
        try:
            operations.end_person(row=row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{row} taken out of the book")
            return redirect(back)
    text = "They no longer work there. Deactivate their account too, if they have one."
    if row.is_contact:
        text = f"{text} They are the point of contact: handovers to {row.agency} are addressed to nobody until you name another."
    return render(request, FORM, {"form": form, "title": f"Take {row} out of the book?", "text": text})


def _row(request, agency_id, row_id):
    """Somebody who still works at an agency in the book, and the agency's page."""
    agency = get_object_or_404(Agency.objects.visible_to(request.user).current(), pk=agency_id)
    return get_object_or_404(agency.people.current(), pk=row_id), reverse("casework:agency", args=[agency.pk])
