"""Support after release: who is given it, and one person's."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from casework import audit
from casework.access import Permission, requires
from casework.queries import alerts, people
from partners.forms import aftercare as forms
from partners.models import Aftercare
from partners.operations import aftercare as operations
from partners.queries import aftercare as queries


@requires(Permission.MAKE_HANDOVER)
def aftercare(request):
    rows = queries.supported(request.user, today=timezone.localdate())
    shown = [row.case.person_id for row in rows]
    audit.listed(request, "aftercare", shown)
    context = {"rows": rows, "marks": alerts.marks(request.user, shown), "day": timezone.localdate()}
    return render(request, "partners/aftercare.html", context)


@requires(Permission.MAKE_HANDOVER)
def support(request, person_id):
    header = people.open_record(request, person_id, what="aftercare")
    found = queries.supported(request.user, today=timezone.localdate(), person=header.person.pk)
    row = found[-1] if found else None
    form = forms.Record(request.POST or None, cancel_url=reverse("partners:release", args=[person_id]))
    if row and form.is_valid():
        try:
            operations.record(case=row.case, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "Support after release written down")
            return redirect("partners:support", person_id)
    contacts = Aftercare.objects.visible_to(request.user).filter(person=header.person).select_related("by")
    context = {"header": header, "row": row, "contacts": list(contacts), "form": form if row else None}
    return render(request, "partners/support.html", context)
