"""What the administrator says of a protocol."""

from django import forms
from django.utils import timezone

from casework.forms.versioned import VersionedForm
from casework.models import Agency
from partners.models import Protocol


class Agree(VersionedForm):
    """What a protocol with an agency says."""

    called = "Protocol"
    save_text = "Add protocol"
    beside = "agency"
    agency = forms.ModelChoiceField(
        Agency.objects.none(), label="Which agency is it with?", empty_label="Choose an agency"
    )
    purpose = forms.CharField(
        label="What is shared, and what for?", max_length=200, widget=forms.Textarea(attrs={"rows": 3})
    )
    items = forms.MultipleChoiceField(
        label="What may pass under it?",
        help_text="Nothing else does, whoever asks. People must agree as well.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
    )
    basis = forms.ChoiceField(
        label="On which lawful basis?",
        choices=Protocol.Basis,
        initial=Protocol.Basis.PUBLIC_TASK,
        widget=forms.RadioSelect,
    )
    starts_on = forms.DateField(
        label="From which day?",
        help_text="For example, 27/3/2026",
        initial=timezone.localdate,
        widget=forms.DateInput(),
    )
    review_on = forms.DateField(
        label="When is it reviewed?",
        help_text="After this day nothing passes until a new one is added.",
        widget=forms.DateInput(),
    )

    signed_by_us = forms.CharField(label="Who signed it for us?", max_length=120)
    signed_by_them = forms.CharField(label="Who signed it for the agency?", max_length=120)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["items"].choices = [
            ("To the agency", _items("OUT")),
            ("To us", _items("IN")),
        ]
        self.fields["agency"].queryset = Agency.objects.visible_to(self.user).current()

    def clean(self):
        answers = super().clean()
        if answers.get("starts_on") and answers.get("review_on") and answers["review_on"] <= answers["starts_on"]:
            self.add_error("review_on", "Enter a day after the start.")
        return answers


def _items(direction):
    return [(item.value, item.label) for item in Protocol.Item if item.startswith(f"{direction}_")]
