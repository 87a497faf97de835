"""The form of the outcomes profile."""

import re

from crispy_forms.layout import Fieldset, Layout, LayoutObject, Row
from django import forms
from django.template.loader import render_to_string
from django.utils import timezone

from casework.formats import outcomes_profile as top
from casework.forms.assessments import SMALL
from casework.forms.base import OnceForm
from casework.models import OutcomesProfile

NARROW = {"class": "govuk-input--width-2", "inputmode": "numeric", "autocomplete": "off"}


class NumberOrNA(forms.CharField):
    """A whole number, an amount where ``decimal``, or NA for what was not disclosed."""

    def __init__(self, *, decimal=False, **kwargs):
        self.decimal = decimal
        super().__init__(required=False, max_length=8, **kwargs)

    def clean(self, value):
        text = super().clean(value).strip()
        if not text:
            return None
        if text.upper().replace("/", "") == top.NA:
            return top.NA
        if re.fullmatch(r"[0-9]{1,6}", text):
            return int(text)
        if self.decimal and re.fullmatch(r"[0-9]{1,4}[.][0-9]{1,2}", text):
            return float(text)
        raise forms.ValidationError("Enter a number, or NA." if self.decimal else "Enter a whole number, or NA.")


class Days(LayoutObject):
    """Days of use by week in a table: one line for each substance."""

    def render(self, form, context, template_pack=None, **kwargs):
        lines = [
            {
                "line": line,
                "weeks": [(week, form[name]) for week, name in zip(top.WEEKS, line.weeks, strict=True)],
                "total": form[line.total],
                "amount": form[line.amount],
                "wrong": [
                    field for field in map(form.__getitem__, [*line.weeks, line.total, line.amount]) if field.errors
                ],
            }
            for line in top.LINES
        ]
        return render_to_string("casework/_days_of_use.html", {"lines": lines})


class Record(OnceForm):
    save_text = "Save the profile"
    called = "Outcomes profile"
    drafted = True
    says_optional = False

    stage = forms.ChoiceField(
        label="Which stage?", choices=OutcomesProfile.Stage, widget=forms.RadioSelect(attrs=SMALL)
    )
    done_on = forms.DateField(label="When was it done?", help_text="For example, 27/3/2026")
    outside_why = forms.CharField(
        label="Why outside the usual time?",
        help_text="Only if it is early or late.",
        required=False,
        max_length=200,
    )
    other_name = forms.CharField(label="Which other drug?", required=False, max_length=60)
    confirmed = forms.BooleanField(label="This is what the person said: save it as it is", required=False)

    def __init__(self, *args, stage, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["stage"].initial = stage
        self.fields["done_on"].initial = timezone.localdate
        for line in top.LINES:
            self._ask_line(line)
        groups = [Fieldset(title, *map(self._ask, items), css_class="ww-repeated") for title, items in top.GROUPS]
        days = Fieldset("Days of use", Days(), "other_name", css_class="ww-repeated")
        self.helper.layout = Layout("stage", Row("done_on", "outside_why"), days, *groups, "nonce")
        if self.data.get("asks_to_confirm"):
            self._ask_to_confirm()

    def _ask_line(self, line):
        for week, name in zip(top.WEEKS, line.weeks, strict=True):
            self._number(name, f"{line.label}, days in week {week}")
        self._number(line.total, f"{line.label}, days in all")
        self._number(line.amount, f"{line.label}, {line.unit} on a day of use", decimal=True)

    def _number(self, name, label, **given):
        widget = forms.TextInput(attrs={**NARROW, "aria-label": label})
        self.fields[name] = NumberOrNA(label=label, widget=widget, **given)

    def _ask(self, item):
        if item.most is None:
            widget = forms.RadioSelect(attrs=SMALL)
            field = forms.ChoiceField(label=item.label, required=False, choices=top.ANSWERS, widget=widget)
        else:
            hint = item.hint or f"0 to {item.most}, or NA."
            field = NumberOrNA(label=item.label, help_text=hint, widget=forms.TextInput(attrs=NARROW))
        self.fields[item.code] = field
        return item.code

    def _ask_to_confirm(self):
        self.fields["asks_to_confirm"] = forms.CharField(widget=forms.HiddenInput, required=False)
        self.helper.layout.fields += ["confirmed", "asks_to_confirm"]

    def refuse(self, error):
        """What is unlikely is asked about: the next sending may confirm it."""
        if getattr(error, "code", None) == "confirm" or "confirmed" in getattr(error, "error_dict", {}):
            if "asks_to_confirm" not in self.fields:
                self._ask_to_confirm()
            super().refuse(error, asks_to_confirm="1")
        else:
            super().refuse(error)

    @property
    def answers(self):
        """What ``outcomes_profile.record`` takes."""
        apart = {"stage", "done_on", "outside_why", "confirmed", "asks_to_confirm", "nonce"}
        given = {name: value for name, value in self.cleaned_data.items() if name in apart - {"asks_to_confirm"}}
        asked = {name: value for name, value in self.cleaned_data.items() if name not in apart}
        return {**given, "answers": {name: None if value == "" else value for name, value in asked.items()}}
