"""Release plans, what could be handed over today, and who is due out with something missing."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse

from casework import audit
from casework.access import Permission, requires
from casework.models import Agency
from casework.queries import alerts, people
from partners.forms import plans as forms
from partners.models import ReleasePlan
from partners.operations import plans as operations
from partners.queries import blocked, handovers
from partners.queries import plans as queries
from partners.views import base


@requires(Permission.MAKE_HANDOVER)
def released_today(request, person_id):
    """What could be handed over for somebody who walks free at this moment."""
    header = people.open_record(request, person_id, what="release")
    minimum = queries.minimum(header.case, by=request.user) if header.case else None
    context = {"header": header, "minimum": minimum, "next_release": handovers.next_release(header.spell)}
    return render(request, "partners/released_today.html", context)


@requires(Permission.MAKE_HANDOVER)
def release_plan(request, person_id):
    header = people.open_record(request, person_id, what="release")
    today = reverse("partners:released_today", args=[person_id])
    if not header.case:
        return redirect(today)
    form = _form(request, header, today)
    if form.is_valid():
        given = form.cleaned_data
        try:
            operations.write(
                case=header.case,
                content=form.content(),
                agency=given["agency"],
                version=given["version"],
                by=request.user,
            )
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "Release plan saved")
            return redirect(today)
    return render(request, "partners/release_plan.html", {"header": header, "form": form})


def _form(request, header, cancel_url):
    case = header.case
    plan = queries.of_case(case) or ReleasePlan(case=case, person=header.person, prison_id=case.prison_id)
    said = queries.said(case, plan)
    minimum = queries.minimum(case, by=request.user)
    return forms.Write(
        request.POST or None,
        row=plan,
        agencies=Agency.objects.visible_to(request.user).current().exclude(kind__in=Agency.INWARD),
        said=said,
        marked=blocked.marks(minimum.handover),
        cancel_url=cancel_url,
    )


@requires(Permission.MAKE_HANDOVER)
def gaps(request):
    form = forms.Gaps(request.GET)
    due = queries.gaps(request.user, **form.asked())
    rows = list(handovers.after(due, request.GET.get("after"))[: base.ROWS + 1])
    out = queries.left_without(request.user)
    shown = [case.person_id for case in [*out, *rows[: base.ROWS]]]
    audit.listed(request, "release-gaps", shown)
    context = {"cases": rows[: base.ROWS], "filter": form, "older_url": base.older(request, rows)}
    context |= {"marks": alerts.marks(request.user, shown), "out": out}
    return render(request, "partners/gaps.html", context)
