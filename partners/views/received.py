"""Handovers as the agency that receives them reads them."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from partners.formats import pack as formats
from partners.formats import sheet
from partners.forms import received as forms
from partners.models import Handover, Pack
from partners.operations import handovers as operations
from partners.operations import looks
from partners.queries import handovers, protocols
from partners.queries import received as queries
from partners.views import base, steps

HEADERS = ["Release", "Name", "Number", "Area", "Sent", "State", "Since your last look"]
AT_ONCE = 50


@requires(Permission.ANSWER_HANDOVER)
def coming(request):
    form, found = _asked(request)
    rows = list(handovers.after(found, request.GET.get("after"), backwards=form.earlier)[: base.ROWS + 1])
    audit.listed(request, "handovers", [row.person_id for row in rows[: base.ROWS]])
    given = request.GET.copy()
    given.pop("after", None)
    context = {
        "handovers": _marked(rows[: base.ROWS]),
        "recalled": queries.recalled(request.user),
        "earlier": form.earlier,
        "filter": form,
        "is_narrowed": any(form.asked().values()),
        "waiting": [row.pk for row in rows[: base.ROWS] if row.state in queries.UNANSWERED],
        "older_url": base.older(request, rows),
        "given": given.urlencode(),
        "day": timezone.localdate(),
    }
    return render(request, "partners/coming.html", context)


@requires(Permission.ANSWER_HANDOVER)
def export(request):
    _, found = _asked(request)
    rows = _marked(list(found))
    audit.listed(request, "handovers.export", [row.person_id for row in rows])
    name = f"coming-{timezone.localdate():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    content = sheet.written(HEADERS, [_line(row) for row in rows])
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def _asked(request):
    """The filter, and the rows that it leaves: the page, its print and the file show the same."""
    form = forms.Coming(request.GET, areas=queries.areas(request.user))
    rows = queries.coming(request.user, earlier=form.earlier)
    return form, queries.narrowed(queries.since_last_look(rows, request.user), **form.asked())


def _marked(rows):
    for row in rows:
        row.mark = queries.mark(row)
    return rows


def _line(row):
    said, day = row.identity, timezone.localdate(row.sent_at)
    area = said.get("area") or ""
    return [row.release_on, said["name"], said.get("number", ""), area, day, row.get_state_display(), row.mark]


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
        **base.told(row, pack),
    }
    looks.look(handovers=[row], by=request.user)
    return render(request, "partners/received.html", context)


@requires(Permission.ANSWER_HANDOVER)
@require_POST
def acknowledge(request, handover_id):
    return base.do(request, operations.acknowledge, handover_id, "Acknowledged. The prison’s team sees that you did.")


@requires(Permission.ANSWER_HANDOVER)
@require_POST
def acknowledge_all(request):
    ticked = [int(key) for key in request.POST.getlist("handover") if key.isdecimal() and len(key) < 19][:AT_ONCE]
    rows = Handover.objects.visible_to(request.user).select_related("agency", "prison").filter(pk__in=ticked)
    answered = operations.acknowledge_all(handovers=list(rows.order_by("pk")), by=request.user)
    for row, refused in answered:
        if refused:
            messages.error(request, f"{row.identity['name']}: {refused}")
        else:
            messages.success(request, f"{row.identity['name']}: acknowledged")
    if gone := len(set(ticked)) - len(answered):
        messages.error(request, f"{gone} of those ticked {'is' if gone == 1 else 'are'} no longer shared with you.")
    if not ticked:
        messages.error(request, "Tick the people whose handovers you acknowledge.")
    return redirect(f"{reverse('partners:coming')}?{QueryDict(request.POST.get('back', '')).urlencode()}")
