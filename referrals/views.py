from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from casework import audit
from casework.access import Permission, requires
from casework.queries import alerts, people
from referrals import forms, operations, queries
from referrals.models import Referral


@requires(Permission.TRIAGE)
def queue(request):
    today = timezone.localdate()
    form = forms.Filter(request.GET, user=request.user)
    chosen = form.cleaned_data if form.is_valid() else {}
    page = queries.queue(request.user, today=today, after=_after(request), **chosen)
    shown = {row.referral.person_id for row in page.rows}
    audit.listed(request, "referrals.waiting", shown)
    context = {
        "filter": form,
        "page": page,
        "marks": alerts.marks(request.user, shown),
        "standing": queries.standing(request.user, today=today),
        "today": today,
        "prison": request.user.prison,
        "next_url": _next_url(request, page),
        "filtered": any(chosen.values()),
    }
    return render(request, "referrals/queue.html", context)


@requires(Permission.VIEW_PERSON)
def list(request, person_id):
    header = people.open_record(request, person_id, what="referrals")
    page = queries.of_person(header.person, request.user, after=_after(request))
    return render(
        request, "referrals/list.html", {"header": header, "page": page, "next_url": _next_url(request, page)}
    )


@requires(Permission.VIEW_PERSON)
def show(request, referral_id):
    referral = _referral(request, referral_id)
    header = people.open_record(request, referral.person_id, what="referral")
    return render(
        request,
        "referrals/show.html",
        {
            "header": header,
            "referral": referral,
            "answer": queries.answer(referral),
            "due_on": queries.due_on(referral, referral.prison),
        },
    )


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
    return f"{referral.person.name} referred. Triage is due by {queries.due_on(referral, referral.prison):%-d %B %Y}."


@requires(Permission.TRIAGE)
def triage(request, referral_id):
    referral = _referral(request, referral_id)
    header = people.open_record(request, referral.person_id, what="referral")
    if request.method == "GET" and (referral.triaged_at or referral.repeat_of):
        return redirect("referrals:show", referral_id)
    back = reverse("referrals:queue")
    form = forms.Triage(request.POST or None, user=request.user, header=header, cancel_url=back)
    if form.is_valid():
        try:
            done = operations.triage(referral=referral, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{referral.person.name}: {done.result.lower()}.")
            return redirect(back)
    context = {
        "header": header,
        "referral": referral,
        "form": form,
        "due_on": queries.due_on(referral, referral.prison),
    }
    # Somebody else may have been first meanwhile: then his answer is shown, beside what was typed.
    first = queries.answer(_referral(request, referral_id)) if form.is_bound else None
    return render(request, "referrals/triage.html", {**context, "answer": first})


def _referral(request, referral_id):
    return get_object_or_404(queries.answered(Referral.objects.visible_to(request.user)), pk=referral_id)


def _after(request):
    """The referral with which the page before ended; an address that names none begins at the beginning."""
    key = request.GET.get("after", "")
    return Referral.objects.visible_to(request.user).filter(pk=key).first() if key.isdecimal() else None


def _next_url(request, page):
    if page.next_key is None:
        return ""
    asked = QueryDict(request.GET.urlencode(), mutable=True)
    asked["after"] = page.next_key
    return f"?{asked.urlencode()}"
