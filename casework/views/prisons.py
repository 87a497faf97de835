from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from casework.access import Permission, requires
from casework.forms import prison as forms
from casework.models import Prison
from casework.operations import prison as operations


@requires(Permission.KEEP_PRISONS)
def index(request):
    return render(request, "casework/settings/prisons.html", {"prisons": Prison.objects.all()})


@requires(Permission.KEEP_PRISONS)
def add(request):
    form = forms.AddPrison(request.POST or None, cancel_url=reverse("casework:prisons"))
    if form.is_valid():
        try:
            prison = operations.add(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{prison} added")
            return redirect("casework:prisons")
    return render(request, "casework/settings/form.html", {"form": form, "title": "Add a prison"})


@requires(Permission.KEEP_PRISONS)
def change(request, prison_id):
    prison = get_object_or_404(Prison.objects.visible_to(request.user), pk=prison_id)
    form = forms.ChangePrison(request.POST or None, row=prison, cancel_url=reverse("casework:prisons"))
    if form.is_valid():
        try:
            operations.change(prison=prison, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{form.cleaned_data['name']} changed")
            return redirect("casework:prisons")
    return render(request, "casework/settings/form.html", {"form": form, "title": f"Change {prison}"})


@requires(Permission.KEEP_PRISONS)
def deadlines(request):
    """How soon things are to be done at the administrator's own prison (domain.md 8.4)."""
    prison = get_object_or_404(Prison.objects.visible_to(request.user))
    form = forms.Deadlines(request.POST or None, row=prison, cancel_url=reverse("casework:settings"))
    if form.is_valid():
        try:
            operations.change(prison=prison, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(
                request, "The deadlines were changed. Everything that is due is counted by them from now on."
            )
            return redirect("casework:settings")
    return render(request, "casework/settings/form.html", {"form": form, "title": f"Deadlines at {prison}"})
