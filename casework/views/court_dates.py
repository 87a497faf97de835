from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from casework.access import Permission, requires
from casework.forms import court_dates as forms
from casework.models import CourtDate
from casework.operations import custody as operations
from casework.queries import people


@requires(Permission.EDIT_PERSON)
def note(request, person_id):
    header = people.open_record(request, person_id, what="person.details")
    back = reverse("casework:details", args=[person_id])
    form = forms.NoteCourtDate(request.POST or None, cancel_url=back)
    if form.is_valid():
        try:
            row = operations.note_court_date(person=header.person, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"Court on {row.on:%-d %B %Y} was noted")
            return redirect(back)
    return render(request, "casework/note_court_date.html", {"header": header, "form": form})


@requires(Permission.EDIT_PERSON)
@require_POST
def withdraw(request, court_date_id):
    row = get_object_or_404(CourtDate.objects.visible_to(request.user), pk=court_date_id)
    people.open_record(request, row.person_id, what="person.details")
    operations.withdraw_court_date(court_date=row, by=request.user)
    messages.success(request, f"Court on {row.on:%-d %B %Y} was taken back")
    return redirect("casework:details", row.person_id)
