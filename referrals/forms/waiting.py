"""What the queue is narrowed and sorted by, and which day the waiting page is about."""

from django import forms
from django.utils import timezone

from casework.models import Wing
from referrals.models import Referral, Source
from referrals.queries import truth, waiting


class Filter(forms.Form):
    wing = forms.ModelChoiceField(Wing.objects.none(), label="Wing", empty_label="All wings", required=False)
    urgency = forms.ChoiceField(label="Urgency", choices=[("", "Any"), *Referral.Urgency.choices], required=False)
    group = forms.ChoiceField(label="Asked by", choices=[("", "Anybody"), *Source.Group.choices], required=False)
    due = forms.ChoiceField(label="Due", choices=[("", "Any day"), (waiting.LATE, "Past target")], required=False)
    whose = forms.ChoiceField(
        label="Taken",
        choices=[("", "By anybody or not"), (waiting.MINE, "By me"), (waiting.FREE, "By nobody")],
        required=False,
    )
    hold = forms.ChoiceField(
        label="On hold",
        choices=[("", "Left out"), (waiting.HELD, "Only these"), (waiting.ALL, "Shown too")],
        required=False,
    )
    sort = forms.ChoiceField(
        choices=[(way + name, name) for name in waiting.SORTS for way in ["", "-"]],
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, auto_id="filter_%s", **kwargs)
        self.fields["wing"].queryset = Wing.objects.visible_to(user).current()

    @property
    def chosen(self):
        """What ``queries.waiting.queue`` is to be asked; an answer that is none counts as not given."""
        self.is_valid()
        given = {name: self.cleaned_data.get(name) for name in self.fields}
        return {
            **{name: value or "" for name, value in given.items()},
            "wing": given["wing"],
            "sort": given["sort"] or "first",
        }


class Day(forms.Form):
    on = forms.DateField(label="Day", help_text="For example, 27/3/2026", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="day_%s", **kwargs)

    def clean_on(self):
        day = self.cleaned_data["on"]
        if day and day > timezone.localdate():
            raise forms.ValidationError("Choose today or a day before.")
        if day and day.year < 2000:
            raise forms.ValidationError("Choose a day since 1 January 2000.")
        return day


class Part(Day):
    """Which number's rows are asked for. What is none is left out."""

    part = forms.ChoiceField(choices=[(name, name) for name in truth.PARTS], required=False)
    band = forms.IntegerField(min_value=0, max_value=len(truth.BANDS) - 1, required=False)
    group = forms.ChoiceField(choices=[("", ""), *Source.Group.choices], required=False)
    source = forms.IntegerField(required=False)

    @property
    def chosen(self):
        self.is_valid()
        given = self.cleaned_data
        return {
            "name": given.get("part") or "waiting",
            "band": given.get("band"),
            "group": given.get("group", ""),
            "source": given.get("source"),
        }
