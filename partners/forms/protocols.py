"""What the administrator says of a protocol."""

from django import forms
from django.utils import timezone

from casework.forms.versioned import VersionedForm
from casework.models import Agency


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

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = Agency.objects.visible_to(self.user).current()

    def clean(self):
        answers = super().clean()
        if answers.get("starts_on") and answers.get("review_on") and answers["review_on"] <= answers["starts_on"]:
            self.add_error("review_on", "Enter a day after the start.")
        return answers
