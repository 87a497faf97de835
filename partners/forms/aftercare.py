"""What is written down of support after release."""

from django import forms
from django.utils import timezone

from casework.forms.base import OnceForm
from partners.forms import content
from partners.models import Aftercare


class Record(OnceForm):
    called = "Support after release"

    on = forms.DateField(
        label="On which day?", help_text="From the day of the release until today.", initial=timezone.localdate
    )
    how = forms.ChoiceField(
        label="How?",
        choices=Aftercare.How,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how."},
    )
    outcome = forms.ChoiceField(
        label="What came of it?",
        choices=Aftercare.Outcome,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what came of it."},
    )
    note = forms.CharField(label="Anything to note?", max_length=2000, required=False, widget=content.SMALL)
