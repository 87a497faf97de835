"""What an officer says at a kiosk, and what an administrator says of its link."""

from datetime import timedelta

from crispy_forms.layout import Layout, Row
from django import forms
from django.utils import timezone

from casework.formats import numbers
from casework.forms.base import OnceForm
from casework.models import Wing
from referrals.models import Slip

NARROW = {"class": "govuk-input--width-10", "autocomplete": "off", "spellcheck": "false"}


def _in_half_a_year():
    return timezone.localdate() + timedelta(days=182)


class Issue(OnceForm):
    save_text = "Issue the link"

    wing = forms.ModelChoiceField(Wing.objects.none(), label="For which wing?", empty_label="Choose a wing")
    label = forms.CharField(
        label="What is it called here?",
        help_text="Where the link is kept, for example: wing office computer",
        max_length=60,
    )
    expires_on = forms.DateField(
        label="Until which day does it work?", help_text="For example, 27/3/2027", initial=_in_half_a_year
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["wing"].queryset = Wing.objects.visible_to(user).current()


class HandIn(OnceForm):
    save_text = "Hand it in"

    officer = forms.CharField(label="Your name", max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    number = forms.CharField(
        label="Prison number",
        help_text="For example, A1234BC",
        max_length=10,
        required=False,
        widget=forms.TextInput(attrs=NARROW),
    )
    name = forms.CharField(
        label="Name of the person",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    date_of_birth = forms.DateField(
        label="Date of birth", help_text="If you know it. For example, 27/3/1985", required=False
    )
    cell = forms.CharField(
        label="Cell",
        help_text="For example, A-1-001",
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs=NARROW),
    )
    worry = forms.CharField(
        label="What worries you, or what did the person ask for?",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    urgent = forms.MultipleChoiceField(
        label="Is any of this so?",
        choices=Slip.Urgent,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    asked_himself = forms.BooleanField(label="The person asked for this themselves", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Row("number", "name"), Row("date_of_birth", "cell")
        self.helper.layout = Layout("officer", *rows, "worry", "asked_himself", "urgent", "nonce")

    def clean(self):
        """A number is kept as it was typed: whether anybody has it is nothing that this page tells."""
        self.cleaned_data["number"] = numbers.normalise(self.cleaned_data.get("number", ""))
        if not self.errors and not (self.cleaned_data["number"] or self.cleaned_data["name"]):
            self.add_error("number", "Give the prison number or the name, best both")
        born = self.cleaned_data.get("date_of_birth")
        if born and born > timezone.localdate():
            self.add_error("date_of_birth", "A date of birth is in the past")
        return self.cleaned_data
