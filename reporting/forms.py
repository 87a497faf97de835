"""The question before figures are computed."""

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse

from casework.forms.base import Form
from reporting.queries.months import Month, today


class Ask(Form):
    """Which month to compute. Any month that has begun is taken; the running one and those of the last year are offered."""

    save_text = "Compute"
    drafted = False

    month = forms.CharField(
        label="Which month?",
        help_text="The running month is counted up to now.",
        widget=forms.Select,
        error_messages={"required": "Choose a month"},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper.form_action = reverse("reporting:ask")
        self.fields["month"].widget.choices = [(str(month), month.name) for month in _recent()]

    def clean_month(self):
        try:
            return Month.read(self.cleaned_data["month"])
        except ValueError as error:
            raise ValidationError(str(error)) from None


def _recent():
    month = Month.containing(today())
    for _ in range(13):
        yield month
        month = month.previous
