from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework.access import Permission, requires
from casework.queries import people
from referrals.forms import duty as forms
from referrals.operations import duty as operations
from referrals.queries import waiting
from referrals.views import base


@requires(Permission.TRIAGE)
@require_POST
def claim(request, referral_id):
    return base.do(request, operations.claim, referral_id, "You have taken the referral of {name}.")


@requires(Permission.TRIAGE)
@require_POST
def release(request, referral_id):
    return base.do(request, operations.release, referral_id, "The referral of {name} was given back.")


@requires(Permission.ALLOCATE_CASE)
@require_POST
def take_over(request, referral_id):
    return base.do(request, operations.take_over, referral_id, "You have taken over the referral of {name}.")


@requires(Permission.TRIAGE)
@require_POST
def resume(request, referral_id):
    return base.do(request, operations.resume, referral_id, "The referral of {name} is off hold.")


@requires(Permission.TRIAGE)
def attempt(request, referral_id):
    said = "What came of the visit was recorded."
    return _ask(request, referral_id, forms.Attempt, operations.attempt, "Went to see", said)


@requires(Permission.TRIAGE)
def hold(request, referral_id):
    return _ask(request, referral_id, forms.Hold, operations.hold, "Put on hold", "The referral is on hold.")


def _ask(request, referral_id, ask, operation, title, said):
    """A form about a referral that waits, and the operation that its answers go to."""
    referral = base.referral(request, referral_id)
    header = people.open_record(request, referral.person_id, what="referral")
    back = reverse("referrals:show", args=[referral_id])
    form = ask(request.POST or None, cancel_url=back)
    if form.is_valid():
        try:
            operation(referral=referral, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, said)
            return redirect(back)
    row = waiting.one(referral, request.user, today=timezone.localdate())
    if row is None and not form.is_bound:
        return redirect(back)
    context = {"header": header, "referral": referral, "form": form, "title": title, "row": row}
    return render(request, "referrals/duty.html", context)
