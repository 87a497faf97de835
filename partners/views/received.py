"""Handovers as the agency that receives them reads them."""

from django.shortcuts import render
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from partners.formats import pack as formats
from partners.models import Handover, Pack
from partners.operations import handovers as operations
from partners.queries import handovers, protocols
from partners.queries import received as queries
from partners.views import base, steps


@requires(Permission.ANSWER_HANDOVER)
def coming(request):
    earlier = "earlier" in request.GET
    shared = queries.coming(request.user, earlier=earlier)
    rows = list(handovers.after(shared, request.GET.get("after"), backwards=earlier)[: base.ROWS + 1])
    audit.listed(request, "handovers", [row.person_id for row in rows[: base.ROWS]])
    context = {"handovers": rows[: base.ROWS], "earlier": earlier, "older_url": base.older(request, rows)}
    return render(request, "partners/coming.html", context)


@requires(Permission.ANSWER_HANDOVER)
def received(request, handover_id):
    row = base.handover(request, handover_id)
    audit.opened(request, row, what="handover")
    packs = list(Pack.objects.visible_to(request.user).filter(handover=row).defer("pdf"))
    pack = packs[0] if packs else None
    context = {
        "handover": row,
        "pack": pack,
        "earlier": packs[1:],
        "content": formats.readable(pack.content) if pack else None,
        "moves": handovers.moves([row], request.user),
        "may_answer": protocols.may_answer(row),
        "steps": steps.open_to(row, Handover.Side.AGENCY),
        "appointments": row.appointments.all(),
    }
    return render(request, "partners/received.html", context)


@requires(Permission.ANSWER_HANDOVER)
@require_POST
def acknowledge(request, handover_id):
    return base.do(request, operations.acknowledge, handover_id, "Acknowledged. The prison’s team sees that you did.")
