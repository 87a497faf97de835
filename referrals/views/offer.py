from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from casework import audit
from casework.access import Permission, requires
from casework.queries import people
from referrals.forms import offer as forms
from referrals.models import Offer, Triage
from referrals.operations import offer as operations
from referrals.queries import offers as queries
from referrals.views import base


@requires(Permission.TRIAGE)
def offers(request):
    today = timezone.localdate()
    form = forms.Filter(request.GET, user=request.user)
    wing = form.cleaned_data["wing"] if form.is_valid() else None
    page = queries.page(request.user, today=today, wing=wing, after=base.after_key(request))
    audit.listed(request, "offers.due", {row.person.pk for row in page.rows})
    context = {
        "filter": form,
        "page": page,
        "prison": request.user.prison,
        "today": today,
        "total": queries.due(request.user, today=today).count(),
        "next_url": base.next_url(request, page),
    }
    return render(request, "referrals/offers.html", context)


@requires(Permission.TRIAGE)
def offer(request, triage_id):
    declined = get_object_or_404(Triage.objects.visible_to(request.user).select_related("referral"), pk=triage_id)
    header = people.open_record(request, declined.person_id, what="referral")
    back = reverse("referrals:offers")
    form = forms.Answer(request.POST or None, prison=request.user.prison, cancel_url=back)
    if form.is_valid():
        try:
            made = operations.answer(triage=declined, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _said(made, request.user.prison))
            return redirect(back)
    earlier = Offer.objects.visible_to(request.user).filter(triage=declined).select_related("asked_by")
    context = {"header": header, "triage": declined, "form": form, "earlier": earlier}
    return render(request, "referrals/offer.html", context)


def _said(made, prison):
    name = made.person.name
    if made.answer == Offer.Answer.ACCEPTED:
        return f"{name} wants to be seen: a new referral waits for triage."
    if made.answer == Offer.Answer.DECLINED:
        return f"{name} does not want to now. To be offered again in {prison.reoffer_days} days."
    return f"{name} will not be asked again."
