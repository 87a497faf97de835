from django import forms
from django.utils import timezone

from casework.forms.base import Form, OnceForm


class RecordConsent(OnceForm):
    called = "Consent"
    save_text = "Record the answer"

    agency = forms.TypedChoiceField(label="Which agency?", error_messages={"required": "Choose the agency"})
    given = forms.TypedChoiceField(
        label="What did the person say?",
        choices=[("YES", "Yes: the agency may be told"), ("NO", "No: nothing may be shared")],
        coerce=lambda answer: answer == "YES",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the person said"},
    )
    asked_on = forms.DateField(label="When was the person asked?", help_text="For example, 27/3/2026")
    expires_on = forms.DateField(
        label="When does the answer run out?",
        help_text="Leave this empty for twelve months. An earlier day if the person wants one.",
        required=False,
    )

    def __init__(self, *args, agencies, **kwargs):
        super().__init__(*args, **kwargs)
        agencies = {agency.pk: agency for agency in agencies}
        self.fields["agency"].choices = [("", "Choose an agency"), *((key, one.name) for key, one in agencies.items())]
        self.fields["agency"].coerce = lambda key: agencies[int(key)]
        self.fields["asked_on"].initial = timezone.localdate()


class WithdrawConsent(Form):
    save_text = "Withdraw the consent"
    save_class = "govuk-button--warning"

    # A form with nothing to ask is never shown bound; this says that the button was pressed.
    confirmed = forms.BooleanField(initial=True, widget=forms.HiddenInput)
