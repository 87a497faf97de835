"""The questions of merging two records."""

from django import forms

from casework.formats import numbers
from casework.forms.base import Form, OnceForm


class Choose(Form):
    save_text = "Compare"

    one = forms.CharField(
        label="First prison number",
        help_text="For example, A1234BC",
        max_length=20,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10", "autocomplete": "off", "spellcheck": "false"}),
    )
    other = forms.CharField(
        label="Second prison number",
        max_length=20,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean(self):
        for name in ["one", "other"]:
            number = numbers.normalise(self.cleaned_data.get(name, ""))
            if number and not numbers.is_prison_number(number):
                self.add_error(name, "A prison number is a letter, four digits and two letters, such as A1234BC")
            self.cleaned_data[name] = number
        if self.cleaned_data["one"] and self.cleaned_data["one"] == self.cleaned_data["other"]:
            self.add_error("other", "Type two different numbers")
        return self.cleaned_data


class Merge(OnceForm):
    keep = forms.ChoiceField(label="Which number is kept?", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="How do you know?",
        help_text="For example: reception confirmed it by fingerprint. Do not write about the person’s health.",
        max_length=200,
    )

    TWO_PEOPLE = "TWO"

    def __init__(self, *args, one, other, **kwargs):
        super().__init__(*args, **kwargs)
        self.pair = {str(one.pk): (one, other), str(other.pk): (other, one)}
        self.fields["keep"].choices = [
            *((key, f"Merge, and keep {kept.number} ({kept.name})") for key, (kept, _) in self.pair.items()),
            (self.TWO_PEOPLE, "Do not merge: they are two people"),
        ]

    @property
    def two_people(self):
        return self.cleaned_data["keep"] == self.TWO_PEOPLE

    def answers(self):
        """What the operation is to be told."""
        kept, removed = self.pair.get(self.cleaned_data["keep"]) or next(iter(self.pair.values()))
        given = {"reason": self.cleaned_data["reason"], "nonce": self.cleaned_data["nonce"]}
        return {"kept": kept, "removed": removed, **given}


class Undo(Form):
    save_text = "Undo the merge"
    save_class = "govuk-button--warning"

    why = forms.CharField(label="Why were they not one person?", max_length=200)
