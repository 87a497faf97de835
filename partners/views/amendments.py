"""What people answer for on a handover, and amending one that was sent."""

from django.core.exceptions import ValidationError
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from casework.access import Permission, requires
from casework.queries import people
from partners import tasks
from partners.forms import handovers as forms
from partners.operations import checks, packs
from partners.queries import blocked
from partners.queries import handovers as queries
from partners.views import base

SENT = "The amendment is being built. The agency sees it, and is told, as soon as it is."


@requires(Permission.MAKE_HANDOVER)
@require_POST
def confirm_clinical(request, handover_id):
    return base.do(request, checks.confirm_clinical, handover_id, "The clinical part is confirmed")


@requires(Permission.MAKE_HANDOVER)
def amend(request, handover_id):
    row = base.handover(request, handover_id)
    header = people.open_record(request, row.person_id, what="handover")
    form = forms.Amend(
        request.POST or None,
        row=row,
        marked=_marked(request, row),
        cancel_url=reverse("partners:handover", args=[row.pk]),
    )
    if not row.may_be_amended:
        return base.back(request, row, "Only what was sent can be amended.")
    if form.is_valid():
        try:
            pack = packs.amend(handover=row, content=form.content(), by=request.user, **form.head())
        except ValidationError as error:
            form.mark(blocked.marks(row, form.content()))
            form.refuse(error)
        else:
            tasks.nudge(pack.pk)
            return base.back(request, row, success=SENT)
    context = {"header": header, "form": form, "handover": row, "next_release": queries.next_release(header.spell)}
    return render(request, "partners/amend.html", context)


def _marked(request, row):
    """What is marked in what was sent, and in what is sent now: whoever says why it may stay must find the question."""
    if request.method != "POST":
        return blocked.marks(row)
    typed = forms.Amend(request.POST, row=row, cancel_url="")
    return blocked.marks(row, typed.content()) if typed.is_valid() else blocked.marks(row)
