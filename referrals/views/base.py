"""What the pages of the front door share."""

from django.http import QueryDict
from django.shortcuts import get_object_or_404

from referrals.models import Referral
from referrals.queries import referral as queries


def referral(request, referral_id):
    return get_object_or_404(queries.answered(Referral.objects.visible_to(request.user)), pk=referral_id)


def after(request):
    """The referral with which the page before ended; an address that names none begins at the beginning."""
    key = request.GET.get("after", "")
    return Referral.objects.visible_to(request.user).filter(pk=key).first() if key.isdecimal() else None


def next_url(request, page):
    if page.next_key is None:
        return ""
    asked = QueryDict(request.GET.urlencode(), mutable=True)
    asked["after"] = page.next_key
    return f"?{asked.urlencode()}"
