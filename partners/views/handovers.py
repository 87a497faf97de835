"""Handovers as the prison's team makes them."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from casework.models import User
from casework.queries import alerts, people
from partners import tasks
from partners.formats import pack as formats
from partners.forms import handovers as forms
from partners.models import Handover, Pack
from partners.operations import checks
from partners.operations import handovers as operations
from partners.operations import releases as release_operations
from partners.queries import blocked, clinical, meetings, outward, plans, protocols
from partners.queries import handovers as queries
from partners.queries import packs as pack_queries
from partners.queries import releases as release_queries
from partners.views import base, steps


@requires(Permission.MAKE_HANDOVER)
def releases(request):
    form = forms.Due(request.GET)
    due = queries.due_out(request.user, **form.asked())
    rows = list(queries.after(due, request.GET.get("after"))[: base.ROWS + 1])
    shown = [case.person_id for case in rows[: base.ROWS]]
    audit.listed(request, "releases", shown)
    context = {"cases": rows[: base.ROWS], "filter": form, "older_url": base.older(request, rows)}
    context["marks"] = alerts.marks(request.user, shown)
    return render(request, "partners/releases.html", context)


@requires(Permission.MAKE_HANDOVER)
def release(request, person_id):
    header = people.open_record(request, person_id, what="release")
    handovers = Handover.objects.visible_to(request.user).filter(person=header.person)
    packs = Pack.objects.visible_to(request.user).without_bytes().filter(handover__person=header.person)
    told = queries.told(list(handovers.select_related("agency", "prison")), list(packs), request.user)
    context = {"header": header, "handovers": told, "next_release": queries.next_release(header.spell)}
    context |= {**meetings.of_person(header.person, request.user), "today": timezone.localdate()}
    context["outward"] = outward.of_person(header.person, request.user)
    context["out"] = [] if header.spell else plans.left_without(request.user, person=header.person)
    return render(request, "partners/release.html", context)


@requires(Permission.MAKE_HANDOVER)
def make(request, person_id):
    header = people.open_record(request, person_id, what="release")
    choices = protocols.choices(header.case) if header.case else []
    plan = header.case and plans.of_case(header.case)
    form = forms.Make(
        request.POST or None,
        choices=choices,
        said=plans.said(header.case, plan) if header.case else {},
        wanted=plan and plan.agency,
        initial={"release_on": queries.next_release(header.spell)},
        cancel_url=reverse("partners:release", args=[person_id]),
    )
    if header.case and form.is_valid():
        try:
            made = operations.make(case=header.case, content=form.content(), by=request.user, **form.head())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"Handover to {made.agency} begun as a draft")
            return redirect("partners:handover", made.pk)
    closed_to = [choice for choice in choices if choice.why_not]
    context = {"header": header, "form": form, "closed_to": closed_to, "none_open": len(closed_to) == len(choices)}
    return render(request, "partners/make.html", context)


@requires(Permission.MAKE_HANDOVER)
def edit(request, handover_id):
    row = base.handover(request, handover_id)
    header = people.open_record(request, row.person_id, what="handover")
    cancel_url = reverse("partners:handover", args=[row.pk])
    form = forms.Edit(request.POST or None, row=row, marked=blocked.marks(row), cancel_url=cancel_url)
    if row.state != Handover.State.DRAFT:
        return base.back(request, row, "Only a draft can be changed.")
    if form.is_valid():
        try:
            operations.edit(handover=row, content=form.content(), by=request.user, **form.head())
        except ValidationError as error:
            form.refuse(error)
        else:
            return base.back(request, row, success="Draft saved")
    return render(request, "partners/edit.html", {"header": header, "form": form, "handover": row})


@requires(Permission.MAKE_HANDOVER)
def handover(request, handover_id):
    row = base.handover(request, handover_id)
    header = people.open_record(request, row.person_id, what="handover")
    packs = Pack.objects.visible_to(request.user).filter(handover=row).defer("pdf")
    current = next((pack for pack in packs if pack.state != Pack.State.STALE), None)
    obstacles = queries.stands_in_the_way(row) if row.state in {row.State.DRAFT, row.State.READY} else []
    context = {
        "header": header,
        "handover": row,
        "pack": current,
        "packs": [pack for pack in packs if pack.built_at],
        "content": formats.readable(current.content if current else pack_queries.compose(row, sender=request.user)),
        "obstacles": obstacles,
        "clinical": clinical.confirmation(row),
        "may_confirm": request.user.has_duty(User.Duty.CLINICAL) and row.state not in checks.OVER,
        "moves": queries.moves([row], request.user),
        "steps": steps.open_to(row, Handover.Side.PRISON),
        "our_turn": steps.OUR_TURN,
        **base.told(row, current),
        "opened": row.looks.first(),
    }
    if not context["release_warnings"]:
        context["release_warnings"] = release_queries.differs(row, queries.next_release(header.spell))
    return render(request, "partners/handover.html", context)


@requires(Permission.MAKE_HANDOVER)
@require_POST
def ready(request, handover_id):
    row = base.handover(request, handover_id)
    try:
        pack = operations.ready(handover=row, by=request.user)
    except ValidationError as error:
        return base.back(request, row, *error.messages)
    tasks.nudge(pack.pk)
    return base.back(request, row)


@requires(Permission.MAKE_HANDOVER)
@require_POST
def reopen(request, handover_id):
    return base.do(request, operations.reopen, handover_id, "Back to a draft: the pack was set aside")


@requires(Permission.MAKE_HANDOVER)
@require_POST
def send(request, handover_id):
    return base.do(request, operations.send, handover_id, "Sent: the agency sees it now")


@requires(Permission.MAKE_HANDOVER)
@require_POST
def see_release(request, handover_id):
    return base.do(request, release_operations.see, handover_id, "Noted that you looked at the new release date")


@requires(Permission.MAKE_HANDOVER)
def recall(request, handover_id):
    row = base.handover(request, handover_id)
    header = people.open_record(request, row.person_id, what="handover")
    form = forms.Recall(request.POST or None, cancel_url=reverse("partners:handover", args=[row.pk]))
    if form.is_valid():
        try:
            operations.recall(handover=row, reason=form.cleaned_data["reason"], by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return base.back(request, row, success="Recalled: the agency no longer sees it")
    return render(request, "partners/recall.html", {"header": header, "form": form, "handover": row})
