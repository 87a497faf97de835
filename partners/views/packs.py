"""The packs of handovers: their bytes, and how far they are."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from casework.queries import people
from partners import tasks
from partners.formats import easy
from partners.formats import pack as formats
from partners.models import Pack
from partners.operations import packs as operations
from partners.queries import easy as kept
from partners.queries import handovers, plans
from partners.views import base


@requires(Permission.READ_HANDOVER)
def pack(request, pack_id):
    packs = Pack.objects.visible_to(request.user).select_related("handover", "handover__prison")
    row = get_object_or_404(packs, pk=pack_id, built_at__isnull=False)
    base.enter(request, row)
    audit.opened(request, row, what="pack", number=row.number)
    kind = "attachment" if "download" in request.GET else "inline"
    name = f"handover-{row.handover.reference}.pdf"  # Never a name: it stays behind in a folder of downloads.
    headers = {"Content-Disposition": f'{kind}; filename="{name}"'}
    return HttpResponse(bytes(row.pdf), content_type="application/pdf", headers=headers)


@requires(Permission.READ_HANDOVER)
def print_pack(request, pack_id):
    """What a pack says as a page of its own, to be read or printed where no PDF can be."""
    packs = Pack.objects.visible_to(request.user).select_related("handover__agency", "handover__prison").defer("pdf")
    row = get_object_or_404(packs, pk=pack_id, built_at__isnull=False)
    base.enter(request, row)
    audit.opened(request, row, what="pack", number=row.number)
    context = {"pack": row, "handover": row.handover, "content": formats.readable(row.content)}
    return render(request, "partners/print_pack.html", context)


@requires(Permission.MAKE_HANDOVER)
def easy_read(request, handover_id):
    """The one page that the person keeps."""
    row = base.handover(request, handover_id)
    audit.opened(request, row, what="easy-read")
    if refused := _refused(row):
        return base.back(request, row, refused)
    try:
        return _page(row, request.user)
    except formats.PackError as error:
        return base.back(request, row, str(error))


@requires(Permission.MAKE_HANDOVER)
def easy_read_today(request, person_id):
    """The same for somebody who walks free before there is a handover."""
    header = people.open_record(request, person_id, what="easy-read")
    minimum = plans.minimum(header.case, by=request.user) if header.case else None
    if minimum is None or handovers.has_died(person_id):
        return redirect("partners:released_today", person_id)
    return _page(minimum.handover, request.user)


def _refused(row):
    if row.state == row.State.RECALLED:
        return "This handover is recalled, so there is nothing to take along."
    return handovers.DIED if handovers.has_died(row.person_id) else ""


def _page(handover, user):
    content = kept.content(handover, sender=user)
    pdf = easy.typeset(content, made_at=timezone.now(), phone=handover.agency.phone)
    return HttpResponse(
        pdf, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="plan.pdf"'}
    )


@requires(Permission.MAKE_HANDOVER)
def pack_progress(request, pack_id):
    packs = Pack.objects.visible_to(request.user).select_related("handover").without_bytes()
    row = get_object_or_404(packs, pk=pack_id)
    base.enter(request, row)
    response = render(request, "partners/_progress.html", {"pack": row})
    if row.state != Pack.State.WAITING:
        response.headers["HX-Refresh"] = "true"
    return response


@requires(Permission.MAKE_HANDOVER)
@require_POST
def try_again(request, pack_id):
    packs = Pack.objects.visible_to(request.user).select_related("handover").without_bytes()
    row = get_object_or_404(packs, pk=pack_id)
    base.enter(request, row)
    operations.try_again(pack=row, by=request.user)
    tasks.nudge(row.pk)
    return base.back(request, row.handover)
