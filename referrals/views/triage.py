from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from casework.access import Permission, requires
from casework.queries import allocation, people
from referrals.forms import triage as forms
from referrals.operations import triage as operations
from referrals.queries import referral as queries
from referrals.queries import waiting
from referrals.views import base


@requires(Permission.TRIAGE)
def triage(request, referral_id):
    referral = base.referral(request, referral_id)
    header = people.open_record(request, referral.person_id, what="referral")
    if request.method == "GET" and (referral.triaged_at or referral.repeat_of):
        return redirect("referrals:show", referral_id)
    back = reverse("referrals:queue")
    candidates = allocation.candidates(header.person, request.user)
    who = {"user": request.user, "header": header, "candidates": candidates}
    form = forms.Triage(request.POST or None, cancel_url=back, **who)
    if form.is_valid():
        try:
            done = operations.record(referral=referral, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{referral.person.name}: {done.result.lower()}.")
            return redirect(back)
    row = waiting.one(referral, request.user, today=timezone.localdate())
    context = {"header": header, "referral": referral, "form": form, "row": row, **queries.ticked(referral)}
    # Somebody else may have been first meanwhile: then his answer is shown, beside what was typed.
    first = queries.answer(base.referral(request, referral_id)) if form.is_bound else None
    return render(request, "referrals/triage.html", {**context, "answer": first})
