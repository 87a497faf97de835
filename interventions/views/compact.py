"""The compact of the drug-free unit: its versions, and the paper to sign."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from casework.access import Permission, requires
from interventions.forms import unit as forms
from interventions.models import CompactTerms
from interventions.operations import compact as operations
from interventions.queries import compact as queries


@requires(Permission.KEEP_CATALOGUE)
def index(request):
    """Every version; the newest is in force."""
    return render(request, "interventions/compacts.html", {"versions": queries.versions(request.user)})


@requires(Permission.KEEP_CATALOGUE)
def write(request):
    current = queries.current(request.user)
    back = reverse("interventions:compacts")
    form = forms.WriteCompact(request.POST or None, current=current, standard=queries.STANDARD, cancel_url=back)
    if form.is_valid() and "preview" not in request.POST:
        try:
            terms = operations.write(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error, seen=current.version if current else "")
        else:
            messages.success(request, f"Compact {terms} is in force: people sign it from now on")
            return redirect(back)
    preview = form.is_valid() and CompactTerms(told=form.cleaned_data["told"])
    context = {"form": form, "current": current, "preview": preview}
    return render(request, "interventions/write_compact.html", context)


@requires(Permission.KEEP_UNIT)
def show(request, version):
    """One version as paper to sign, without a name on it."""
    terms = get_object_or_404(CompactTerms.objects.visible_to(request.user), version=version)
    context = {"terms": terms, "back_url": reverse("interventions:unit")}
    return render(request, "interventions/compact_paper.html", context)
