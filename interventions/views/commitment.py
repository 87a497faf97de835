"""What else stands in a person's day."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from casework.access import Permission, requires
from casework.queries import people
from interventions.forms import commitment as forms
from interventions.models import Commitment
from interventions.operations import commitment as operations


@requires(Permission.LOG_SESSION)
def note(request, person_id):
    header = people.open_record(request, person_id)
    back = reverse("interventions:list", args=[person_id])
    form = forms.Note(request.POST or None, cancel_url=back)
    if form.is_valid():
        try:
            row = operations.note(person=header.person, by=request.user, **form.answers())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{row.get_kind_display()} on {form.cleaned_data['on']:%-d %B} was noted.")
            return redirect(back)
    return render(request, "interventions/note_commitment.html", {"header": header, "form": form})


@requires(Permission.LOG_SESSION)
@require_POST
def withdraw(request, commitment_id):
    row = get_object_or_404(Commitment.objects.visible_to(request.user), pk=commitment_id)
    people.open_record(request, row.person_id, what="session")
    operations.withdraw(commitment=row, by=request.user)
    messages.success(request, f"{row.get_kind_display()} was taken back.")
    return redirect("interventions:list", row.person_id)
