from django.shortcuts import render
from django.utils import timezone

from casework import audit
from casework.access import Permission, requires
from casework.queries import alerts
from referrals.forms import waiting as forms
from referrals.queries import waiting as queries
from referrals.views import base


@requires(Permission.TRIAGE)
def queue(request):
    today = timezone.localdate()
    form = forms.Filter(request.GET, user=request.user)
    chosen = form.cleaned_data if form.is_valid() else {}
    page = queries.queue(request.user, today=today, after=base.after(request), **chosen)
    shown = {row.referral.person_id for row in page.rows}
    audit.listed(request, "referrals.waiting", shown)
    context = {
        "filter": form,
        "page": page,
        "marks": alerts.marks(request.user, shown),
        "standing": queries.standing(request.user, today=today),
        "today": today,
        "prison": request.user.prison,
        "next_url": base.next_url(request, page),
        "filtered": any(chosen.values()),
    }
    return render(request, "referrals/queue.html", context)
