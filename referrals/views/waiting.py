from datetime import timedelta

from django.shortcuts import render
from django.utils import timezone

from casework import audit
from casework.access import Permission, allows, requires
from casework.queries import alerts
from referrals.forms import waiting as forms
from referrals.queries import offers, truth
from referrals.queries import slip as slips
from referrals.queries import waiting as queries
from referrals.views import base

# What each column of the queue is sorted by, its heading, and whether that is hidden.
COLUMNS = [
    ("name", "Name", ""),
    ("cell", "Cell", ""),
    ("source", "Source", ""),
    ("received", "Received", ""),
    ("first", "Due", ""),
    (None, "Duty", ""),
    (None, "What to do", "hidden"),
]


@requires(Permission.TRIAGE)
def queue(request):
    today = timezone.localdate()
    form = forms.Filter(request.GET, user=request.user)
    chosen = form.chosen
    page = queries.queue(request.user, today=today, after=base.after_key(request), **chosen)
    shown = {row.referral.person_id for row in page.rows}
    audit.listed(request, "referrals.waiting", shown)
    context = {
        "filter": form,
        "page": page,
        "marks": alerts.marks(request.user, shown),
        "standing": queries.standing(request.user, today=today),
        "offers": offers.due(request.user, today=today).count(),
        "slips": slips.waiting(request.user).count(),
        "headers": _headers(request.GET, chosen["sort"]),
        "today": today,
        "prison": request.user.prison,
        "next_url": base.next_url(request, page),
        "filtered": any(value for name, value in chosen.items() if name != "sort"),
        "may_take_over": allows(request.user, Permission.ALLOCATE_CASE),
    }
    return render(request, "referrals/queue.html", context)


def _headers(asked, sort):
    """The headings of the queue; those that sort are links, and the one that sorts now turns the order round."""
    headers = []
    for name, text, kind in COLUMNS:
        header = {"text": text, kind: True}
        if name:
            header["url"] = base.address(asked, sort=f"-{name}" if sort == name else name, after=None)
        if name == sort.removeprefix("-"):
            header["sorted"] = "descending" if sort.startswith("-") else "ascending"
        headers.append(header)
    return headers


@requires(Permission.TRIAGE)
def waiting(request):
    today = timezone.localdate()
    form = forms.Day(request.GET)
    on = (form.is_valid() and form.cleaned_data["on"]) or today
    if form.is_valid():
        form = forms.Day({"on": on})
    found = truth.of(request.user, on=on)
    audit.listed(request, "waiting.day", {found.longest.referral.person_id} if found.longest else set())
    context = {
        "filter": form,
        "truth": found,
        "prison": request.user.prison,
        "today": today,
        "before": on - timedelta(days=1),
        "behind": on + timedelta(days=1) if on < today else None,
    }
    return render(request, "referrals/waiting.html", context)


@requires(Permission.TRIAGE)
def waited(request):
    form = forms.Part(request.GET)
    chosen = form.chosen
    on = form.cleaned_data.get("on") or timezone.localdate()
    page, total = truth.part(truth.of(request.user, on=on), after=base.after_key(request), **chosen)
    shown = {row.referral.person_id for row in page.rows}
    audit.listed(request, "waiting.rows", shown)
    context = {
        "page": page,
        "marks": alerts.marks(request.user, shown),
        "total": total,
        "on": on,
        "title": truth.PARTS[chosen["name"]][0].format(day=f"{on:%-d %B %Y}"),
        "answered": chosen["name"] != "waiting",
        "prison": request.user.prison,
        "next_url": base.next_url(request, page),
    }
    return render(request, "referrals/waited.html", context)
