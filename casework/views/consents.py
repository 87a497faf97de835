from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from casework.access import Permission, requires
from casework.forms import consents as forms
from casework.models import Agency, Consent, ConsentWording, User
from casework.operations import consent as operations
from casework.queries import consents as queries
from casework.queries import people

Kind = ConsentWording.Kind
NDTMS = Consent.Purpose.NDTMS


@requires(Permission.VIEW_PERSON)
def show(request, person_id):
    header = people.open_record(request, person_id, what="person.consents")
    standings = queries.standings(header.person, request.user, today=timezone.localdate())
    context = {
        "header": header,
        "standings": [each for each in standings if each.agency],
        "ndtms": [each for each in standings if each.agency is None],
        "wordings": queries.wordings(),
    }
    return render(request, "casework/consents.html", context)


@requires(Permission.RECORD_CONSENT)
def record(request, person_id):
    header = people.open_record(request, person_id, what="person.consents")
    back = reverse("casework:consents", args=[person_id])
    agencies = Agency.objects.visible_to(request.user).current()
    form = forms.RecordConsent(
        request.POST or None, agencies=agencies, cancel_url=back, **_asking(request, Kind.SHARING)
    )
    if form.is_valid():
        try:
            answer = operations.record(person=header.person, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{_said(answer)} for {answer.subject} was recorded")
            return redirect(back)
    context = {"header": header, "form": form, "wording": queries.shown(Kind.SHARING, form)}
    return render(request, "casework/record_consent.html", context)


@requires(Permission.RECORD_CONSENT)
def record_ndtms(request, person_id):
    header = people.open_record(request, person_id, what="person.consents")
    back = reverse("casework:consents", args=[person_id])
    form = forms.RecordNdtms(request.POST or None, cancel_url=back, **_asking(request, Kind.NDTMS))
    if form.is_valid():
        try:
            answer = operations.record(
                person=header.person, agency=None, purpose=NDTMS, by=request.user, **form.cleaned_data
            )
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{_said(answer)} about the national statistics was recorded")
            return redirect(back)
    context = {"header": header, "form": form, "wording": queries.shown(Kind.NDTMS, form), "ndtms": True}
    return render(request, "casework/record_consent.html", context)


@requires(Permission.RECORD_CONSENT)
def share_fewer(request, consent_id):
    consents = Consent.objects.visible_to(request.user).exclude(agency=None).select_related("agency")
    consent = get_object_or_404(consents, pk=consent_id)
    header = people.open_record(request, consent.person_id, what="person.consents")
    back = reverse("casework:consents", args=[consent.person_id])
    form = forms.ShareFewer(request.POST or None, consent=consent, cancel_url=back)
    if form.is_valid():
        try:
            operations.share_fewer(consent=consent, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{consent.agency} is told only these parts from now on")
            return redirect(back)
    return render(request, "casework/share_fewer.html", {"header": header, "consent": consent, "form": form})


def _asking(request, kind):
    staff = User.objects.visible_to(request.user).caseworkers().order_by("full_name", "pk")
    months = request.user.prison.sharing_review_months
    return {"staff": staff, "user": request.user, "months": months, "wording": queries.wording(kind)}


def _said(answer):
    return "Consent" if answer.given else "A refusal"


@requires(Permission.RECORD_CONSENT)
def withdraw(request, consent_id):
    consents = Consent.objects.visible_to(request.user).select_related("agency")
    consent = get_object_or_404(consents, pk=consent_id)
    header = people.open_record(request, consent.person_id, what="person.consents")
    back = reverse("casework:consents", args=[consent.person_id])
    form = forms.WithdrawConsent(request.POST or None, cancel_url=back)
    if form.is_valid():
        try:
            operations.withdraw(consent=consent, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"Consent for {consent.subject} was withdrawn")
            return redirect(back)
    return render(request, "casework/withdraw_consent.html", {"header": header, "consent": consent, "form": form})
