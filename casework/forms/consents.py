from django import forms
from django.utils import timezone

from casework.forms.base import Form, OnceForm
from casework.models import Consent
from casework.models.consent import usual_sections

HOW = {"choices": Consent.How, "widget": forms.RadioSelect, "initial": Consent.How.IN_PERSON}


class RecordNdtms(OnceForm):
    """An answer, and how it was given. ``staff``: who may have asked; ``months``: how long an answer holds.

    ``wording``: what is read out on the page. It goes with the answer, whatever has been taken into use since.
    """

    called = "Answer about national statistics"
    save_text = "Record the answer"
    ANSWERS = [("YES", "Yes: the national statistics may have it"), ("NO", "No: they may not")]

    wording = forms.CharField(widget=forms.HiddenInput, required=False)
    given = forms.TypedChoiceField(
        label="What did the person say?",
        coerce=lambda answer: answer == "YES",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the person said"},
    )
    how = forms.ChoiceField(
        label="How did the person answer?", **HOW, error_messages={"required": "Choose how the person answered"}
    )
    asked_on = forms.DateField(label="When was the person asked?", help_text="For example, 27/3/2026")
    asked_by = forms.TypedChoiceField(label="Who asked?", error_messages={"required": "Choose who asked"})
    witness = forms.CharField(
        label="Who else was there?",
        help_text="Name and role of a witness, if there was one.",
        max_length=120,
        required=False,
    )
    expires_on = forms.DateField(label="When does the answer run out?", required=False)

    def __init__(self, *args, staff, user, months, wording, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["wording"].initial = wording.version
        accounts = {one.pk: one for one in staff}
        self.fields["given"].choices = self.ANSWERS
        self.fields["asked_by"].choices = [(key, one.full_name) for key, one in accounts.items()]
        self.fields["asked_by"].coerce = lambda key: accounts[int(key)]
        self.fields["asked_by"].initial = user.pk
        self.fields["asked_on"].initial = timezone.localdate()
        hint = f"Leave this empty for {months} months. An earlier day if the person wants one."
        self.fields["expires_on"].help_text = hint


PARTS_HINT = "Ask about each. The name, how to reach the person, the release date and the first appointment are told with every handover."
PART_HINTS = {
    Consent.Section.CUSTODY: "Since when, legal status, licence, offender manager.",
    Consent.Section.RISKS: "The risk of overdose among them.",
    Consent.Section.BLOOD_BORNE: "Asked by itself: a yes to the rest is none to this.",
}


def _parts(label, **given):
    widget = forms.CheckboxSelectMultiple()
    widget.hints = PART_HINTS
    return forms.MultipleChoiceField(
        label=label, help_text=PARTS_HINT, choices=Consent.Section, widget=widget, required=False, **given
    )


class RecordConsent(RecordNdtms):
    called = "Consent"
    ANSWERS = [("YES", "Yes: the agency may be told"), ("NO", "No: nothing may be shared")]

    agency = forms.TypedChoiceField(label="Which agency?", error_messages={"required": "Choose the agency"})
    purpose = forms.ChoiceField(
        label="What may it be told for?",
        choices=[(purpose, purpose.label) for purpose in Consent.SHARING],
        initial=Consent.Purpose.HANDOVER,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the agency may be told for"},
    )
    sections = _parts("Which parts may it be told?", initial=usual_sections)
    field_order = ["agency", "purpose", "given", "sections"]

    def __init__(self, *args, agencies, **kwargs):
        super().__init__(*args, **kwargs)
        agencies = {agency.pk: agency for agency in agencies}
        self.fields["purpose"].widget.hints = {
            Consent.Purpose.HANDOVER: "What a handover for the release needs.",
            Consent.Purpose.MEETING: "To speak of the person in the recovery meeting.",
            Consent.Purpose.WING_VISITS: "A worker of the agency may visit the person on the wing.",
        }
        self.fields["agency"].choices = [("", "Choose an agency"), *((key, one.name) for key, one in agencies.items())]
        self.fields["agency"].coerce = lambda key: agencies[int(key)]

    def clean(self):
        answers = super().clean()
        if answers.get("given") and not answers.get("sections") and "sections" not in self.errors:
            self.add_error("sections", "Choose at least one part, or record that the person said no.")
        return answers


class ShareFewer(OnceForm):
    """Some parts of a ``consent`` are taken back."""

    called = "Fewer parts"
    save_text = "Share only these"

    sections = _parts("Which parts may it still be told?")
    how = forms.ChoiceField(
        label="How did the person say so?", **HOW, error_messages={"required": "Choose how the person said so"}
    )

    def __init__(self, *args, consent, **kwargs):
        super().__init__(*args, initial={"sections": consent.sections}, **kwargs)
        self.fields["sections"].choices = [each for each in Consent.Section.choices if each[0] in consent.sections]

    def clean_sections(self):
        if not self.cleaned_data["sections"]:
            raise forms.ValidationError("Choose at least one part. To share nothing any more, withdraw the consent.")
        return self.cleaned_data["sections"]


class WithdrawConsent(Form):
    save_text = "Withdraw the consent"
    save_class = "govuk-button--warning"

    how = forms.ChoiceField(
        label="How did the person say so?", **HOW, error_messages={"required": "Choose how the person said so"}
    )
