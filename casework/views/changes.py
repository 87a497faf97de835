from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from casework.forms import alerts as forms
from casework.models import Acknowledgement
from casework.operations import change as operations
from casework.queries import alerts
from casework.queries import changes as queries


@requires(Permission.VIEW_CASELOAD)
def show(request):
    """What changed for the people on one's caseload since one last looked."""
    after = request.GET.get("after", "")
    page = queries.unacknowledged(request.user, after)
    audit.listed(request, "changes", page.people)
    context = {
        "page": page,
        "total": queries.count(request.user),
        "days": queries.DAYS,
        "marks": alerts.marks(request.user, page.people),
        "last": queries.last(request.user),
        "first": request.path if after else "",
        "next": f"?after={page.after}" if page.after else "",
    }
    return render(request, "casework/changes.html", context)


@requires(Permission.VIEW_CASELOAD)
@require_POST
def acknowledge(request):
    form = forms.Acknowledge(request.POST)
    names = form.names if form.is_valid() else []
    if not names:
        messages.error(request, "Tick the changes that you have taken note of, or acknowledge all that are shown.")
        return redirect("casework:changes")
    changes = queries.named(request.user, names)
    if changes:
        count = operations.acknowledge(changes=changes, at=timezone.now(), by=request.user)
        messages.success(request, f"{count} change{'' if count == 1 else 's'} acknowledged")
    return redirect("casework:changes")


@requires(Permission.VIEW_CASELOAD)
@require_POST
def take_back(request):
    """Undo the last acknowledgement; sent twice it does nothing more."""
    key = request.POST.get("last", "")
    mine = Acknowledgement.objects.visible_to(request.user).standing().filter(user=request.user)
    last = mine.filter(pk=key).first() if key.isdecimal() and len(key) < 19 else None
    if last:
        count = operations.take_back(last=last, at=timezone.now(), by=request.user)
        messages.info(request, f"{count} change{'' if count == 1 else 's'} to acknowledge again")
    return redirect("casework:changes")
