from django.shortcuts import render

from casework import audit
from casework.access import Permission, requires
from casework.forms import trail as forms
from casework.models import AuditEntry, User

PAGE = 50


@requires(Permission.READ_AUDIT)
def show(request):
    """The trail of the prison, newest first."""
    form = forms.Filter(request.GET, staff=User.objects.visible_to(request.user))
    entries = AuditEntry.objects.visible_to(request.user)
    entries = entries.matching(**form.cleaned_data) if form.is_valid() else entries.none()
    before = request.GET.get("before", "")
    page = list(entries.filter(pk__lt=int(before))[: PAGE + 1] if before.isdecimal() else entries[: PAGE + 1])
    older = page[PAGE - 1].pk if len(page) > PAGE else None
    audit.listed(request, "trail", {entry.person_id for entry in page[:PAGE] if entry.person_id})
    query = request.GET.copy()
    query["before"] = older
    context = {
        "form": form,
        "entries": page[:PAGE],
        "older_url": older and f"?{query.urlencode()}",
        "paged": bool(before),
    }
    return render(request, "casework/trail.html", context)
