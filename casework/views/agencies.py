from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from casework.access import Permission, Role, requires
from casework.forms import agency as forms
from casework.forms.staff import CreatePartner
from casework.forms.versioned import VersionedForm
from casework.models import Agency, User
from casework.operations import agency as operations
from casework.operations import staff
from casework.queries.agencies import contact_of

FORM = "casework/settings/form.html"


@requires(Permission.KEEP_AGENCIES)
def index(request):
    agencies = Agency.objects.visible_to(request.user).with_current_areas()
    ended = agencies.exclude(ended_on=None).order_by("-ended_on", "pk") if "ended" in request.GET else None
    return render(request, "casework/settings/agencies.html", {"agencies": agencies.current(), "ended": ended})


@requires(Permission.KEEP_AGENCIES)
def show(request, agency_id):
    agency = get_object_or_404(Agency.objects.visible_to(request.user), pk=agency_id)
    partners = User.objects.visible_to(request.user).filter(agency=agency).order_by("-is_active", "full_name", "pk")
    areas = agency.areas.order_by("-ended_on", "area")
    people = agency.people.order_by("-ended_on", "-is_contact", "name", "pk")
    page = {"agency": agency, "partners": partners, "areas": areas, "people": people, "contact": contact_of(agency)}
    return render(request, "casework/settings/agency.html", page)


@requires(Permission.KEEP_AGENCIES)
def add(request):
    form = forms.AgencyForm(request.POST or None, save_text="Add agency", cancel_url=reverse("casework:agencies"))
    if form.is_valid():
        try:
            agency = operations.add(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{agency} added")
            return redirect("casework:agency", agency.pk)
    return render(request, FORM, {"form": form, "title": "Add an agency"})


@requires(Permission.KEEP_AGENCIES)
def change(request, agency_id):
    agency = get_object_or_404(Agency.objects.visible_to(request.user).current(), pk=agency_id)
    back = reverse("casework:agency", args=[agency.pk])
    form = forms.AgencyForm(request.POST or None, row=agency, cancel_url=back)
    if form.is_valid():
        try:
            agency = operations.change(agency=agency, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{agency} changed")
            return redirect(back)
    return render(request, FORM, {"form": form, "title": f"Change {agency}"})


@requires(Permission.KEEP_AGENCIES)
def end(request, agency_id):
    agency = get_object_or_404(Agency.objects.visible_to(request.user).current(), pk=agency_id)
    back = reverse("casework:agency", args=[agency.pk])
    form = VersionedForm(request.POST or None, row=agency, save_text="End agency", cancel_url=back)
    if form.is_valid():
        try:
            operations.end(agency=agency, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{agency} ended")
            return redirect("casework:agencies")
    text = (
        "Every prison shares the address book: nobody can be handed over to the agency from today. What was sent stays."
    )
    return render(request, FORM, {"form": form, "title": f"End {agency}?", "text": text})


@requires(Permission.KEEP_AGENCIES)
def add_area(request, agency_id):
    agency = get_object_or_404(Agency.objects.visible_to(request.user).current(), pk=agency_id)
    back = reverse("casework:agency", args=[agency.pk])
    form = forms.AreaForm(request.POST or None, cancel_url=back)
    if form.is_valid():
        try:
            area = operations.add_area(agency=agency, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{area} added")
            return redirect(back)
    return render(request, FORM, {"form": form, "title": f"Add an area to {agency}"})


@require_POST
@requires(Permission.KEEP_AGENCIES)
def end_area(request, agency_id, area_id):
    agency = get_object_or_404(Agency.objects.visible_to(request.user), pk=agency_id)
    area = operations.end_area(area=get_object_or_404(agency.areas, pk=area_id), by=request.user)
    messages.success(request, f"{area} ended")
    return redirect("casework:agency", agency.pk)


@requires(Permission.KEEP_AGENCIES)
def make_partner(request, agency_id):
    agency = get_object_or_404(Agency.objects.visible_to(request.user).current(), pk=agency_id)
    form = CreatePartner(request.POST or None, cancel_url=reverse("casework:agency", args=[agency.pk]))
    if form.is_valid():
        standing = {"role": Role.PARTNER, "employer": User.Employer.AGENCY, "agency": agency}
        try:
            account, password = staff.make(by=request.user, **standing, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            # Shown at once and kept nowhere, so not after a redirect: it would have to rest in a session or an address.
            return render(request, "casework/settings/password.html", {"account": account, "password": password})
    return render(request, FORM, {"form": form, "title": f"Create an account for {agency}"})
