"""What a department tells, and what the duty worker answers."""

from crispy_forms.layout import Layout, Row
from django import forms
from django.utils import timezone

from casework.formats import numbers
from casework.forms.base import Form, OnceForm
from casework.forms.versioned import VersionedForm
from partners.models import InwardNotice

NUMBER = "For example, A1234BC"


def _number(value):
    number = numbers.normalise(value)
    if not numbers.is_prison_number(number):
        raise forms.ValidationError(f"“{value}” is not a prison number. One looks like A1234BC.")
    return number


class Tell(OnceForm):
    """Something about one person. ``kinds``: (code, words) of what the protocol lets be told."""

    called = "Notice"
    save_text = "Tell the team"

    kind = forms.ChoiceField(
        label="What is it?", widget=forms.RadioSelect, error_messages={"required": "Choose what it is."}
    )
    number = forms.CharField(label="Prison number", help_text=NUMBER, max_length=12)
    on = forms.DateField(
        label="When was it?",
        help_text="For example, 27/3/2026",
        initial=timezone.localdate,
        widget=forms.DateInput(format="%d/%m/%Y"),
        error_messages={"invalid": "Write a day, for example 27/3/2026."},
    )
    words = forms.CharField(
        label="What else does the team need to know?",
        help_text="A few words. Never anybody else’s name or number, and nothing from ACCT documents.",
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args, kinds, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds
        self.fields["kind"].initial = kinds[0][0] if len(kinds) == 1 else None
        self.helper.layout = Layout("kind", Row("number", "on"), "words", "nonce")

    def clean_number(self):
        return _number(self.cleaned_data["number"])


class Match(Form):
    """Whose number it should have been."""

    called = "Person of a notice"
    save_text = "This is who is meant"

    number = forms.CharField(label="What is the right prison number?", help_text=NUMBER, max_length=12)

    def clean_number(self):
        return _number(self.cleaned_data["number"])


class Dismiss(Form):
    called = "Notice dismissed"
    save_text = "Dismiss it"
    save_class = "govuk-button--warning"

    why = forms.CharField(
        label="Why does nothing come of it?",
        help_text="For the record. The department is told only that it was seen.",
        max_length=200,
    )


class Rules(VersionedForm):
    """Which notices make a referral by themselves."""

    called = "Rules of notices"
    save_text = "Save the rules"

    notice_referral_kinds = forms.MultipleChoiceField(
        label="Which notices make a referral by themselves?",
        help_text="The others wait for the duty worker. One about a number that nobody has always does.",
        choices=InwardNotice.Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )
