"""Agreements with agencies, as the administrator keeps them."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from casework.access import Permission, requires
from casework.forms.versioned import VersionedForm
from partners.forms import protocols as forms
from partners.models import Protocol
from partners.operations import protocols as operations


@requires(Permission.KEEP_PROTOCOLS)
def protocols(request):
    today = timezone.localdate()
    ours = Protocol.objects.visible_to(request.user).select_related("agency").order_by("agency__name", "-starts_on")
    ended = ours.exclude(ended_on=None).order_by("-ended_on", "pk") if "ended" in request.GET else None
    page = {"protocols": ours.filter(ended_on=None), "ended": ended, "today": today}
    return render(request, "partners/protocols.html", page)


@requires(Permission.KEEP_PROTOCOLS)
def agree(request):
    form = forms.Agree(request.POST or None, user=request.user, cancel_url=reverse("partners:protocols"))
    if form.is_valid():
        try:
            made = operations.agree(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"Protocol with {made.agency} added")
            return redirect("partners:protocols")
    return render(request, "casework/settings/form.html", {"form": form, "title": "Add a protocol"})


@requires(Permission.KEEP_PROTOCOLS)
def end_protocol(request, protocol_id):
    current = Protocol.objects.visible_to(request.user).filter(ended_on=None).select_related("agency")
    protocol = get_object_or_404(current, pk=protocol_id)
    back = reverse("partners:protocols")
    form = VersionedForm(request.POST or None, row=protocol, save_text="End protocol", cancel_url=back)
    if form.is_valid():
        try:
            operations.end_protocol(protocol=protocol, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"Protocol with {protocol.agency} ended")
            return redirect(back)
    text = "At its next click the agency no longer sees anybody whom our prison handed over to it."
    page = {"form": form, "title": f"End the protocol with {protocol.agency}?", "text": text}
    return render(request, "casework/settings/form.html", page)
