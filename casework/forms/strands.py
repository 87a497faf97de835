from django import forms
from django.utils import timezone

from casework.forms.base import Form, OnceForm
from casework.models import Strand

DAY = "For example, 27/3/2026"
WHO = "Name and role, for example: Nurse A. Sample, IDTS"


class StartStrand(OnceForm):
    """Only what the clinical team says is entered as clinical; the worker's own view goes into a note."""

    save_text = "Start the strand"

    kind = forms.ChoiceField(
        label="Which strand?", widget=forms.RadioSelect, error_messages={"required": "Choose the strand"}
    )
    started_on = forms.DateField(label="When did it start?", help_text=DAY)
    said_by = forms.CharField(label="Who in the clinical team said so?", help_text=WHO, required=False, max_length=120)
    said_on = forms.DateField(label="When did they say so?", help_text=DAY, required=False)
    detail = forms.CharField(
        label="What did they say about it?",
        help_text="Only what the clinical team said, in their words.",
        required=False,
        max_length=200,
    )

    def __init__(self, *args, kinds, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds

    def clean(self):
        answers = super().clean()
        if answers.get("kind") in Strand.CLINICAL:
            if not answers.get("said_by") and "said_by" not in self.errors:
                self.add_error("said_by", "Say who in the clinical team said so")
            if not answers.get("said_on") and "said_on" not in self.errors:
                self.add_error("said_on", "Say on which day they said so")
        return answers


class EndStrand(Form):
    save_text = "End the strand"

    ended_on = forms.DateField(label="When did it end?", help_text=DAY)
    end_said_by = forms.CharField(
        label="Who in the clinical team said so?",
        help_text=WHO,
        max_length=120,
        error_messages={"required": "Say who in the clinical team said so"},
    )
    end_why = forms.CharField(label="Why did it end?", required=False, max_length=200)

    def __init__(self, *args, clinical, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["ended_on"].initial = timezone.localdate()
        if not clinical:
            del self.fields["end_said_by"]


class RecordReview(OnceForm):
    save_text = "Record the review"

    done_on = forms.DateField(label="When was it held?", help_text=DAY)
    clinician = forms.CharField(
        label="Who took part for the clinical team?",
        help_text=WHO,
        max_length=120,
        error_messages={"required": "Say who took part for the clinical team"},
    )
    summary = forms.CharField(label="What was agreed?", widget=forms.Textarea, required=False, max_length=5000)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["done_on"].initial = timezone.localdate()
