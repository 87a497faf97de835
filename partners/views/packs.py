"""The packs of handovers: their bytes, and how far they are."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from partners import tasks
from partners.models import Pack
from partners.operations import packs as operations
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
