"""The question before figures are computed, and what the lists of the team's work are narrowed by."""

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse

from casework.access import Role
from casework.formats.deadlines import Kind
from casework.forms.base import Form
from reporting.queries import due, leaving
from reporting.queries.months import Month, today

ALL, NOBODY = "all", "none"


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


class Whose(forms.Form):
    """One worker's, everybody's, or what nobody holds. A keyworker begins with his own, a manager with the team's."""

    worker = forms.ChoiceField(label="Whose", required=False)

    def __init__(self, *args, user, workers, **kwargs):
        super().__init__(*args, auto_id="filter_%s", **kwargs)
        self.user = user
        others = [(str(one.pk), one.full_name) for one in workers if one.pk != user.pk]
        choices = [(str(user.pk), "Mine"), (ALL, "The whole team"), (NOBODY, "Nobody’s"), *others]
        self.fields["worker"].choices = sorted(choices, key=lambda choice: choice[0] != self.first)

    def asked(self):
        """The answers, with what stands for those not given."""
        asked = self.cleaned_data if self.is_valid() else {}
        asked["worker"] = asked.get("worker") or self.first
        return asked

    @property
    def first(self):
        """What the list begins with, and the first choice: it is what a page without a filter shows."""
        return ALL if self.user.role == Role.MANAGER else str(self.user.pk)


class Due(Whose):
    state = forms.ChoiceField(
        label="When", required=False, choices=[("", "Any"), *((one.name.lower(), one.value) for one in due.SHOWN)]
    )
    kind = forms.ChoiceField(
        label="What",
        required=False,
        choices=[("", "Anything"), *((one.code, one.value) for one in Kind if one in due.PAGES)],
    )


class Leaving(Whose):
    within = forms.ChoiceField(
        label="When",
        required=False,
        choices=[
            *((str(days), name) for days, name in leaving.HORIZONS),
            (leaving.UNKNOWN, "On remand, no court date known"),
        ],
    )

    def asked(self):
        asked = super().asked()
        return {**asked, "within": asked.get("within") or "1"}
