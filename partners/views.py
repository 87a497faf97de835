"""Handovers as the prison's team makes them, and as the agency that receives them reads them."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from casework.forms.versioned import VersionedForm
from casework.queries import people
from partners import forms, operations, queries, tasks
from partners.formats import pack as formats
from partners.models import Handover, Pack, Protocol

ROWS = 25


@requires(Permission.MAKE_HANDOVER)
def releases(request):
    form = forms.Due(request.GET)
    due = queries.due_out(request.user, **form.asked())
    rows = list(queries.after(due, request.GET.get("after"))[: ROWS + 1])
    audit.listed(request, "releases", [case.person_id for case in rows[:ROWS]])
    context = {"cases": rows[:ROWS], "filter": form, "older_url": _older(request, rows)}
    return render(request, "partners/releases.html", context)


@requires(Permission.MAKE_HANDOVER)
def release(request, person_id):
    header = people.open_record(request, person_id, what="release")
    handovers = Handover.objects.visible_to(request.user).filter(person=header.person)
    packs = Pack.objects.visible_to(request.user).without_bytes().filter(handover__person=header.person)
    told = queries.told(list(handovers.select_related("agency", "prison")), list(packs), request.user)
    context = {"header": header, "handovers": told, "next_release": queries.next_release(header.spell)}
    return render(request, "partners/release.html", context)


@requires(Permission.MAKE_HANDOVER)
def make(request, person_id):
    header = people.open_record(request, person_id, what="release")
    choices = queries.choices(header.case) if header.case else []
    initial = (
        forms.beginning(queries.next_release(header.spell), queries.substances(header.case)) if header.case else {}
    )
    cancel_url = reverse("partners:release", args=[person_id])
    form = forms.Make(request.POST or None, choices=choices, initial=initial, cancel_url=cancel_url)
    if header.case and form.is_valid():
        try:
            made = operations.make(case=header.case, content=form.content(), by=request.user, **form.head())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"Handover to {made.agency} begun as a draft")
            return redirect("partners:handover", made.pk)
    context = {"header": header, "form": form, "closed_to": [choice for choice in choices if choice.why_not]}
    context["none_open"] = len(context["closed_to"]) == len(choices)
    return render(request, "partners/make.html", context)


@requires(Permission.MAKE_HANDOVER)
def edit(request, handover_id):
    row = _handover(request, handover_id)
    header = people.open_record(request, row.person_id, what="handover")
    form = forms.Edit(request.POST or None, handover=row, cancel_url=reverse("partners:handover", args=[row.pk]))
    if row.state != Handover.State.DRAFT:
        return _back(request, row, "Only a draft can be changed.")
    if form.is_valid():
        given = form.cleaned_data
        try:
            operations.edit(
                handover=row,
                release_on=given["release_on"],
                content=form.content(),
                version=given["version"],
                by=request.user,
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _back(request, row, success="Draft saved")
    return render(request, "partners/edit.html", {"header": header, "form": form, "handover": row})


@requires(Permission.MAKE_HANDOVER)
def handover(request, handover_id):
    row = _handover(request, handover_id)
    header = people.open_record(request, row.person_id, what="handover")
    packs = Pack.objects.visible_to(request.user).filter(handover=row).defer("pdf")
    current = next((pack for pack in packs if pack.state != Pack.State.STALE), None)
    obstacles = queries.stands_in_the_way(row) if row.state in {row.State.DRAFT, row.State.READY} else []
    context = {
        "header": header,
        "handover": row,
        "pack": current,
        "packs": [pack for pack in packs if pack.built_at],
        "content": formats.readable(current.content if current else queries.compose(row, sender=request.user)),
        "obstacles": obstacles,
        "moves": queries.moves([row], request.user),
        "next_release": queries.next_release(header.spell),
    }
    return render(request, "partners/handover.html", context)


@requires(Permission.MAKE_HANDOVER)
@require_POST
def ready(request, handover_id):
    row = _handover(request, handover_id)
    try:
        pack = operations.ready(handover=row, by=request.user)
    except ValidationError as error:
        return _back(request, row, *error.messages)
    tasks.nudge(pack.pk)
    return _back(request, row)


@requires(Permission.MAKE_HANDOVER)
@require_POST
def reopen(request, handover_id):
    return _do(request, operations.reopen, handover_id, "Back to a draft: the pack was set aside")


@requires(Permission.MAKE_HANDOVER)
@require_POST
def send(request, handover_id):
    return _do(request, operations.send, handover_id, "Sent: the agency sees it now")


@requires(Permission.MAKE_HANDOVER)
def recall(request, handover_id):
    row = _handover(request, handover_id)
    header = people.open_record(request, row.person_id, what="handover")
    form = forms.Recall(request.POST or None, cancel_url=reverse("partners:handover", args=[row.pk]))
    if form.is_valid():
        try:
            operations.recall(handover=row, reason=form.cleaned_data["reason"], by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _back(request, row, success="Recalled: the agency no longer sees it")
    return render(request, "partners/recall.html", {"header": header, "form": form, "handover": row})


@requires(Permission.READ_HANDOVER)
def pack(request, pack_id):
    packs = Pack.objects.visible_to(request.user).select_related("handover", "handover__prison")
    row = get_object_or_404(packs, pk=pack_id, built_at__isnull=False)
    audit.opened(request, row, what="pack", number=row.number)
    kind = "attachment" if "download" in request.GET else "inline"
    name = f"handover-{row.handover.reference}.pdf"  # Never a name: it stays behind in a folder of downloads.
    headers = {"Content-Disposition": f'{kind}; filename="{name}"'}
    return HttpResponse(bytes(row.pdf), content_type="application/pdf", headers=headers)


@requires(Permission.MAKE_HANDOVER)
def pack_progress(request, pack_id):
    row = get_object_or_404(Pack.objects.visible_to(request.user).without_bytes(), pk=pack_id)
    response = render(request, "partners/_progress.html", {"pack": row})
    if row.state != Pack.State.WAITING:
        response.headers["HX-Refresh"] = "true"
    return response


@requires(Permission.MAKE_HANDOVER)
@require_POST
def try_again(request, pack_id):
    packs = Pack.objects.visible_to(request.user).select_related("handover").without_bytes()
    row = get_object_or_404(packs, pk=pack_id)
    operations.try_again(pack=row, by=request.user)
    tasks.nudge(row.pk)
    return _back(request, row.handover)


@requires(Permission.ANSWER_HANDOVER)
def coming(request):
    earlier = "earlier" in request.GET
    shared = queries.coming(request.user, earlier=earlier)
    rows = list(queries.after(shared, request.GET.get("after"), backwards=earlier)[: ROWS + 1])
    audit.listed(request, "handovers", [row.person_id for row in rows[:ROWS]])
    context = {"handovers": rows[:ROWS], "earlier": earlier, "older_url": _older(request, rows)}
    return render(request, "partners/coming.html", context)


@requires(Permission.ANSWER_HANDOVER)
def received(request, handover_id):
    row = _handover(request, handover_id)
    audit.opened(request, row, what="handover")
    pack = Pack.objects.visible_to(request.user).filter(handover=row).defer("pdf").first()
    context = {
        "handover": row,
        "pack": pack,
        "content": formats.readable(pack.content) if pack else None,
        "moves": queries.moves([row], request.user),
    }
    return render(request, "partners/received.html", context)


@requires(Permission.ANSWER_HANDOVER)
@require_POST
def acknowledge(request, handover_id):
    return _do(request, operations.acknowledge, handover_id, "Acknowledged. The prison’s team sees that you did.")


@requires(Permission.ANSWER_HANDOVER)
def query(request, handover_id):
    row = _handover(request, handover_id)
    audit.opened(request, row, what="handover")
    form = forms.Query(request.POST or None, cancel_url=reverse("partners:received", args=[row.pk]))
    if form.is_valid():
        try:
            operations.query(handover=row, words=form.cleaned_data["words"], by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _back(request, row, success="Query sent to the prison’s team")
    return render(request, "partners/query.html", {"handover": row, "form": form})


def _handover(request, handover_id):
    rows = Handover.objects.visible_to(request.user).select_related("agency", "prison")
    return get_object_or_404(rows, pk=handover_id)


def _do(request, operation, handover_id, success):
    """One click that moves a handover on."""
    row = _handover(request, handover_id)
    try:
        operation(handover=row, by=request.user)
    except ValidationError as error:
        return _back(request, row, *error.messages)
    return _back(request, row, success=success)


def _back(request, row, *refusals, success=""):
    """To the page of a handover, as its reader sees it, with what came of the click."""
    for refusal in refusals:
        messages.error(request, refusal)
    if success:
        messages.success(request, success)
    return redirect("partners:received" if request.user.is_partner else "partners:handover", row.pk)


def _older(request, rows):
    """The address of the next rows of a list in order of release date, or nothing where these are all."""
    if len(rows) <= ROWS:
        return ""
    last, given = rows[ROWS - 1], request.GET.copy()
    given["after"] = f"{last.release_on:%Y-%m-%d}_{last.pk}"
    return f"?{given.urlencode()}"


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
