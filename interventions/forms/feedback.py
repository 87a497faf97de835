"""A pile of feedback sheets."""

from datetime import date, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from casework.formats import numbers
from casework.forms.base import OnceForm
from interventions.queries.feedback import RATINGS

ROWS = 20
LONGEST = 2000


class Pile(OnceForm):
    """Twenty sheets: three numbers from 1 to 5, whether the words may be used, and the words. Lines left empty are left out.

    Of sheets that are tied to no session the month is asked (``of_month``).
    """

    called = "Feedback sheets"
    save_text = "Save the sheets"
    drafted = True

    def __init__(self, *args, of_month=False, **kwargs):
        super().__init__(*args, **kwargs)
        if of_month:
            self.fields["month"] = forms.TypedChoiceField(
                label="Which month are they from?", choices=_months(), coerce=date.fromisoformat
            )
        for row in range(1, ROWS + 1):
            for name, words in RATINGS.items():
                self.fields[f"{name}_{row}"] = _rating(f"{words}, sheet {row}")
            self.fields[f"quotable_{row}"] = forms.BooleanField(
                label=f"May be used, sheet {row}",
                required=False,
                widget=forms.CheckboxInput(attrs={"class": "ww-tick", "aria-label": f"May be used, sheet {row}"}),
            )
            self.fields[f"words_{row}"] = forms.CharField(
                label=f"Words, sheet {row}",
                max_length=LONGEST,
                required=False,
                widget=_box(f"Words, sheet {row}", "20"),
            )

    @property
    def rows(self):
        for row in range(1, ROWS + 1):
            ratings = [{"words": words, "field": self[f"{name}_{row}"]} for name, words in RATINGS.items()]
            yield {"row": row, "ratings": ratings, "quotable": self[f"quotable_{row}"], "words": self[f"words_{row}"]}

    def clean(self):
        given = super().clean()
        names = [*RATINGS, "quotable", "words"]
        rows = {row: {name: given.get(f"{name}_{row}") for name in names} for row in range(1, ROWS + 1)}
        given["sheets"] = [sheet for sheet in rows.values() if any(sheet.values())]
        for row, sheet in rows.items():
            if sheet["words"] and numbers.prison_numbers_in(sheet["words"]):
                self.add_error(f"words_{row}", "There is a prison number in this. Leave it out: sheets name nobody.")
            sheet["words"] = sheet["words"] or ""
        if not given["sheets"] and not self.errors:
            raise ValidationError("Fill in at least one sheet.")
        return given

    @property
    def answers(self):
        """What the operation is told."""
        return {name: self.cleaned_data[name] for name in ["sheets", "nonce", "month"] if name in self.cleaned_data}


def _months():
    """This month and the eleven before it."""
    first = timezone.localdate().replace(day=1)
    for _ in range(12):
        yield first.isoformat(), f"{first:%B %Y}"
        first = (first - timedelta(days=1)).replace(day=1)


def _rating(label):
    wrong = "Enter a number from 1 to 5."
    return forms.IntegerField(
        label=label,
        min_value=1,
        max_value=5,
        required=False,
        widget=_box(label, "2", inputmode="numeric"),
        error_messages=dict.fromkeys(["min_value", "max_value", "invalid"], wrong),
    )


def _box(label, width, **attrs):
    attrs |= {"class": f"govuk-input govuk-input--width-{width}", "aria-label": label, "autocomplete": "off"}
    return forms.TextInput(attrs=attrs)
