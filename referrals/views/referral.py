from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from casework.access import Permission, allows, requires
from casework.queries import people
from referrals.forms import referral as forms
from referrals.operations import referral as operations
from referrals.queries import duty, target, waiting
from referrals.queries import referral as queries
from referrals.views import base


@requires(Permission.VIEW_PERSON)
def list(request, person_id):
    header = people.open_record(request, person_id, what="referrals")
    page = queries.of_person(header.person, request.user, after=base.after(request))
    return render(
        request, "referrals/list.html", {"header": header, "page": page, "next_url": base.next_url(request, page)}
    )


@requires(Permission.VIEW_PERSON)
def show(request, referral_id):
    referral, today = base.referral(request, referral_id), timezone.localdate()
    header = people.open_record(request, referral.person_id, what="referral")
    row = waiting.one(referral, request.user, today=today)
    context = {
        "header": header,
        "referral": referral,
        "row": row,
        "answer": queries.answer(referral),
        "steps": duty.steps(referral, today=today),
        "may_triage": allows(request.user, Permission.TRIAGE),
        "may_take_over": allows(request.user, Permission.ALLOCATE_CASE),
        **queries.ticked(referral),
    }
    return render(request, "referrals/show.html", context)


@requires(Permission.MAKE_REFERRAL)
def make(request, person_id):
    header = people.open_record(request, person_id)
    back = reverse("referrals:list", args=[person_id])
    form = forms.Make(request.POST or None, header=header, cancel_url=back)
    if form.is_valid():
        try:
            referral = operations.make(person=header.person, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _made(referral))
            return redirect(back)
    return render(request, "referrals/make.html", {"header": header, "form": form})


def _made(referral):
    if referral.repeat_of:
        return f"Referral recorded. {referral.person.name} waits for triage already, so it is a repeat and not counted again."
    return f"{referral.person.name} referred. Triage is due by {target.due_on(target.of(referral), referral.prison):%-d %B %Y}."
