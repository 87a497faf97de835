from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from casework.access import Permission, requires
from casework.forms import consents as forms
from casework.models import Agency, Consent
from casework.operations import consent as operations
from casework.queries import consents as queries
from casework.queries import people


@requires(Permission.VIEW_PERSON)
def show(request, person_id):
    header = people.open_record(request, person_id, what="person.consents")
    standings = queries.standings(header.person, request.user, today=timezone.localdate())
    return render(request, "casework/consents.html", {"header": header, "standings": standings})


@requires(Permission.RECORD_CONSENT)
def record(request, person_id):
    header = people.open_record(request, person_id, what="person.consents")
    back = reverse("casework:consents", args=[person_id])
    agencies = Agency.objects.visible_to(request.user).current()
    form = forms.RecordConsent(request.POST or None, agencies=agencies, cancel_url=back)
    if form.is_valid():
        try:
            answer = operations.record(person=header.person, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            said = "Consent" if answer.given else "A refusal"
            messages.success(request, f"{said} for {answer.agency} was recorded")
            return redirect(back)
    return render(request, "casework/record_consent.html", {"header": header, "form": form, "wording": Consent.WORDING})


@requires(Permission.RECORD_CONSENT)
def withdraw(request, consent_id):
    consent = get_object_or_404(Consent.objects.visible_to(request.user), pk=consent_id)
    header = people.open_record(request, consent.person_id, what="person.consents")
    back = reverse("casework:consents", args=[consent.person_id])
    form = forms.WithdrawConsent(request.POST or None, cancel_url=back)
    if form.is_valid():
        try:
            operations.withdraw(consent=consent, by=request.user)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"Consent for {consent.agency} was withdrawn")
            return redirect(back)
    return render(request, "casework/withdraw_consent.html", {"header": header, "consent": consent, "form": form})
