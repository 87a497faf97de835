"""Agreements with agencies, as the administrator keeps them, managers read them and the agency sees its own."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from casework.access import Permission, allows, requires
from casework.forms.versioned import VersionedForm
from partners.forms import protocols as forms
from partners.models import Protocol
from partners.operations import protocols as operations
from partners.queries import agreements as queries


@requires(Permission.VIEW_PROTOCOLS)
def protocols(request):
    today = timezone.localdate()
    ended = queries.over(request.user, today=today) if "ended" in request.GET else None
    page = {"protocols": queries.standing(request.user, today=today), "ended": ended, "today": today}
    page["may_keep"] = allows(request.user, Permission.KEEP_PROTOCOLS)
    return render(request, "partners/protocols.html", page)


@requires(Permission.VIEW_PROTOCOLS)
def protocol(request, protocol_id):
    row = _protocol(request, protocol_id)
    page = {
        "protocol": row,
        "state": row.state_on(timezone.localdate()),
        "lapses_in": queries.lapses_in(row, today=timezone.localdate()),
        "renewal": row.renewals.filter(ended_on=None).first(),
        "events": queries.events(row, request.user),
        "others": queries.others(row, request.user),
        "may_keep": allows(request.user, Permission.KEEP_PROTOCOLS) and row.ended_on is None,
    }
    return render(request, "partners/protocol.html", page)


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
            return redirect("partners:protocol", made.pk)
    return render(request, "casework/settings/form.html", {"form": form, "title": "Add a protocol"})


@requires(Permission.KEEP_PROTOCOLS)
def change(request, protocol_id):
    row = _open(request, protocol_id)
    form = forms.Change(request.POST or None, row=row, cancel_url=reverse("partners:protocol", args=[row.pk]))
    if form.is_valid():
        try:
            operations.change(protocol=row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"Protocol with {row.agency} changed")
            return redirect("partners:protocol", row.pk)
    text = "What you take out stops passing at once. A later review is a renewal."
    title = f"Change the protocol with {row.agency}"
    return render(request, "casework/settings/form.html", {"form": form, "title": title, "text": text})


@requires(Permission.KEEP_PROTOCOLS)
def renew(request, protocol_id):
    row = _open(request, protocol_id)
    form = forms.Renew(request.POST or None, row=row, cancel_url=reverse("partners:protocol", args=[row.pk]))
    if form.is_valid():
        try:
            made = operations.renew(protocol=row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"Protocol with {made.agency} renewed from {made.starts_on:%-d %B %Y}")
            return redirect("partners:protocol", made.pk)
    page = {"form": form, "title": f"Renew the protocol with {row.agency}", "text": queries.renewal_begins(row)}
    return render(request, "casework/settings/form.html", page)


@requires(Permission.KEEP_PROTOCOLS)
def end_protocol(request, protocol_id):
    row = _open(request, protocol_id)
    back = reverse("partners:protocols")
    form = VersionedForm(request.POST or None, row=row, save_text="End protocol", cancel_url=back)
    if form.is_valid():
        try:
            operations.end_protocol(protocol=row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"Protocol with {row.agency} ended")
            return redirect(back)
    text = "At its next click the agency no longer sees anybody whom our prison handed over to it."
    page = {"form": form, "title": f"End the protocol with {row.agency}?", "text": text}
    return render(request, "casework/settings/form.html", page)


@requires(Permission.READ_AGREEMENTS)
def agreements(request):
    """What may pass between the partner's agency and each prison, and until when."""
    today = timezone.localdate()
    rows = queries.standing(request.user, today=today)
    return render(request, "partners/agreements.html", {"protocols": rows, "today": today})


def _protocol(request, protocol_id):
    rows = Protocol.objects.visible_to(request.user).select_related("agency", "renews")
    return get_object_or_404(rows, pk=protocol_id)


def _open(request, protocol_id):
    rows = Protocol.objects.visible_to(request.user).filter(ended_on=None).select_related("agency")
    return get_object_or_404(rows, pk=protocol_id)
