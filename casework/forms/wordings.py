from crispy_forms.layout import Submit
from django import forms
from django.core.exceptions import ValidationError

from casework.forms.base import OnceForm

LONGEST_NAME = 60


class WriteWording(OnceForm):
    """Begins with the words in force. ``seen`` tells the operation which they were."""

    called = "Consent wording"
    save_text = "Take into use from now"

    seen = forms.CharField(widget=forms.HiddenInput)
    told = forms.CharField(
        label="What is the person told?",
        help_text="A line for each point: what it is about, a colon, then easy words. For example, It is your choice: our work goes on.",
        widget=forms.Textarea(attrs={"rows": 16}),
        max_length=6000,
        error_messages={"required": "Write what the person is told"},
    )
    for_staff = forms.CharField(
        label="What should staff know?",
        help_text="It is shown to staff below the points, and not to the person.",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=1000,
        required=False,
    )

    def __init__(self, *args, current, **kwargs):
        super().__init__(
            *args, initial={"seen": current.version, "told": current.told, "for_staff": current.for_staff}, **kwargs
        )
        self.helper.add_input(Submit("preview", "Preview", css_class="govuk-button--secondary"))

    def clean_told(self):
        lines = [line.strip() for line in self.cleaned_data["told"].splitlines() if line.strip()]
        for number, line in enumerate(lines, 1):
            name, _, words = line.partition(":")
            if not name.strip() or not words.strip() or len(name) > LONGEST_NAME:
                raise ValidationError(
                    f"Point {number} needs what it is about, in {LONGEST_NAME} letters at most, then a colon and the words."
                )
        return "\n".join(lines)

    def clean_for_staff(self):
        return self.cleaned_data["for_staff"].replace("\r\n", "\n")
