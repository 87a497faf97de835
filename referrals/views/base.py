"""What the pages of the front door share."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect

from casework.queries import people
from referrals.models import Referral
from referrals.queries import referral as queries


def referral(request, referral_id):
    """The referral with this key, with all that a page says about it, if the signed-in user may see it."""
    return get_object_or_404(queries.answered(Referral.objects.visible_to(request.user)), pk=referral_id)


def after(request):
    """The referral with which the page before ended; an address that names none begins at the beginning."""
    key = after_key(request)
    return Referral.objects.visible_to(request.user).filter(pk=key).first() if key else None


def after_key(request):
    """The key with which the page before ended, or None; a number that no key can be is none."""
    key = request.GET.get("after", "")
    return int(key) if key.isdecimal() and len(key) < 19 else None


def next_url(request, page):
    if page.next_key is None:
        return ""
    return address(request.GET, after=page.next_key)


def address(asked, **changed):
    """The same page with some of what the address asks changed; None takes it out."""
    asked = QueryDict(asked.urlencode(), mutable=True)
    for name, value in changed.items():
        asked.pop(name, None)
        if value is not None:
            asked[name] = value
    return f"?{asked.urlencode()}"


def do(request, operation, referral_id, said):
    """Do ``operation`` with the referral, say ``said`` or why not, and go back to where the button stood."""
    row = get_object_or_404(Referral.objects.visible_to(request.user).select_related("person"), pk=referral_id)
    people.entered(request.user, row.person_id)
    try:
        operation(referral=row, by=request.user)
    except ValidationError as error:
        messages.error(request, f"{row.person.name}: {' '.join(error.messages)}")
    else:
        messages.success(request, said.format(name=row.person.name))
    return redirect("referrals:queue") if request.POST.get("back") == "queue" else redirect("referrals:show", row.pk)
