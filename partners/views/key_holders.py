"""Who of the agencies carries keys: managers and administrators keep it, the team reads it."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from casework.access import Permission, allows, requires
from casework.forms.versioned import VersionedForm
from partners.forms import key_holders as forms
from partners.models import KeyHolder
from partners.operations import key_holders as operations
from partners.queries import key_holders as queries


@requires(Permission.READ_KEY_HOLDERS)
def key_holders(request):
    ours = KeyHolder.objects.visible_to(request.user).select_related("agency", "user")
    ended = ours.exclude(ended_on=None).order_by("-ended_on", "pk") if "ended" in request.GET else None
    context = {
        "holders": queries.standing(request.user),
        "ended": ended,
        "today": timezone.localdate(),
        "soon": timezone.localdate() + timedelta(days=queries.SOON),
        "keeps": allows(request.user, Permission.KEEP_KEY_HOLDERS),
        "walks": allows(request.user, Permission.WRITE_VISIT),
    }
    return render(request, "partners/key_holders.html", context)


@requires(Permission.KEEP_KEY_HOLDERS)
def add(request):
    form = forms.Add(request.POST or None, user=request.user, cancel_url=reverse("partners:key_holders"))
    if form.is_valid():
        try:
            made = operations.add(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{made} of {made.agency} added")
            return redirect("partners:key_holders")
    return render(request, "casework/settings/form.html", {"form": form, "title": "Add a key-holder"})


@requires(Permission.KEEP_KEY_HOLDERS)
def edit(request, holder_id):
    holder, back = _holder(request, holder_id), reverse("partners:key_holders")
    form = forms.Keys(request.POST or None, row=holder, user=request.user, cancel_url=back)
    if form.is_valid():
        try:
            operations.edit(holder=holder, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{holder} saved")
            return redirect(back)
    page = {"form": form, "title": f"Key-holder: {holder}", "text": f"{holder.agency}."}
    return render(request, "casework/settings/form.html", page)


@requires(Permission.KEEP_KEY_HOLDERS)
def end(request, holder_id):
    holder, back = _holder(request, holder_id), reverse("partners:key_holders")
    form = VersionedForm(request.POST or None, row=holder, save_text="End", cancel_url=back)
    if form.is_valid():
        try:
            operations.end(holder=holder, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{holder} carries no keys any more")
            return redirect(back)
    text = f"{holder.agency}. From tomorrow nothing can be written down as a walk. What was written stays."
    page = {"form": form, "title": f"Does {holder} carry no keys any more?", "text": text}
    return render(request, "casework/settings/form.html", page)


def _holder(request, holder_id):
    held = KeyHolder.objects.visible_to(request.user).filter(ended_on=None).select_related("agency")
    return get_object_or_404(held, pk=holder_id)
