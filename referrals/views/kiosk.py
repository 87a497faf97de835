from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework.access import Permission, requires
from referrals.forms import kiosk as forms
from referrals.models import KioskLink
from referrals.operations import kiosk as operations
from referrals.queries import kiosk as queries

TOO_MANY = (
    "Too many slips were handed in from here in a short time. Nothing is lost: wait a few minutes, then send it again."
)


@login_not_required
def hand_in(request, token):
    """The page of a kiosk, for officers without an account. It takes a slip, and answers the same whoever is meant."""
    if (kiosk := queries.find(token)) is None:
        raise Http404
    form = forms.HandIn(request.POST or None)
    status = 200
    if request.method == "POST" and not ratelimit.consume(request, action="kiosk", key=token):
        form.is_valid()
        form.add_error(None, TOO_MANY)
        status = 429
    if form.is_valid():
        try:
            operations.hand_in(kiosk=kiosk, token=token, by=None, **form.cleaned_data)
        except ValidationError as error:
            raise Http404 from error
        return redirect(f"{request.path}?handed=in")
    context = {"form": form, "kiosk": kiosk, "handed_in": "handed" in request.GET}
    return render(request, "referrals/kiosk.html", context, status=status)


@requires(Permission.KEEP_KIOSKS)
def index(request):
    live, dead = queries.links(request.user, today=timezone.localdate())
    return render(request, "referrals/kiosks.html", {"links": live, "dead": dead})


@requires(Permission.KEEP_KIOSKS)
def issue(request):
    form = forms.Issue(request.POST or None, user=request.user, cancel_url=reverse("referrals:kiosks"))
    if form.is_valid():
        try:
            link, token = operations.issue(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            # Shown at once and kept nowhere, so not after a redirect: it would have to rest in a session or an address.
            address = request.build_absolute_uri(reverse("referrals:kiosk", args=[token]))
            return render(request, "referrals/kiosk_issued.html", {"link": link, "address": address})
    return render(request, "casework/settings/form.html", {"form": form, "title": "Issue a kiosk link"})


@require_POST
@requires(Permission.KEEP_KIOSKS)
def revoke(request, link_id):
    link = get_object_or_404(KioskLink.objects.visible_to(request.user), pk=link_id)
    operations.revoke(link=link, by=request.user)
    messages.success(request, f"Nothing can be handed in at “{link}” any more")
    return redirect("referrals:kiosks")
