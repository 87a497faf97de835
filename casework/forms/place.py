from django import forms

from casework.forms.versioned import VersionedForm
from casework.models import Wing

TIMES = ["%H:%M", "%H.%M", "%H%M", "%H:%M:%S"]


class WingForm(VersionedForm):
    called = "Wing"
    beside = "code"
    code = forms.CharField(
        label="What is the wing’s code?",
        help_text="The first part of a cell in the roll, such as A in A-1-002.",
        max_length=8,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-5"}),
    )
    name = forms.CharField(label="What is it called?", max_length=60)
    kind = forms.ChoiceField(
        label="What kind of wing is it?", choices=Wing.Kind, initial=Wing.Kind.GENERAL, widget=forms.RadioSelect
    )
    landing = forms.CharField(
        label="Which landing is the drug-free unit?",
        help_text="Of a drug-free wing, the part before the cell, such as 3 in D-3-002. Empty: the whole wing.",
        max_length=10,
        required=False,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-5"}),
    )
    places = forms.IntegerField(
        label="How many places does the drug-free unit have?",
        min_value=1,
        max_value=500,
        required=False,
        error_messages=dict.fromkeys(["min_value", "max_value"], "A unit has between 1 and 500 places."),
    )

    def clean_code(self):
        return self.cleaned_data["code"].upper()

    def clean_landing(self):
        return self.cleaned_data["landing"].upper()

    def clean(self):
        answers = super().clean()
        for name in ["landing", "places"]:
            if answers.get(name) and answers.get("kind") != Wing.Kind.DRUG_FREE:
                self.add_error(name, "Only a drug-free wing has a unit. Choose that kind, or leave this empty.")
        return answers


class RoomForm(VersionedForm):
    called = "Room"
    beside = "name"
    name = forms.CharField(label="What is the room called?", max_length=60)
    wing = forms.ModelChoiceField(
        Wing.objects.none(), label="Which wing is it on?", required=False, empty_label="Not on a wing"
    )
    capacity = forms.IntegerField(
        label="How many people does it hold?", help_text="Staff included.", min_value=1, max_value=200, initial=2
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["wing"].queryset = Wing.objects.visible_to(self.user).current()


class RegimeTimeForm(VersionedForm):
    called = "Regime time"
    beside = "name"
    name = forms.CharField(
        label="What is this time called?",
        help_text="For example, AM",
        max_length=20,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
    )
    starts_at = forms.TimeField(
        label="When does it start?",
        help_text="For example, 08:30",
        input_formats=TIMES,
        widget=forms.TimeInput(format="%H:%M"),
    )
    ends_at = forms.TimeField(
        label="When does it end?",
        help_text="For example, 11:30",
        input_formats=TIMES,
        widget=forms.TimeInput(format="%H:%M"),
    )

    def clean(self):
        answers = super().clean()
        if answers.get("starts_at") and answers.get("ends_at") and answers["ends_at"] <= answers["starts_at"]:
            self.add_error("ends_at", "Enter a time after the start.")
        return answers
