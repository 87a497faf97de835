"""The questions behind slips: a pile of paper on one page, and what becomes of one from a kiosk."""

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from casework.formats import cells, numbers
from casework.forms.base import Form, OnceForm
from casework.queries import finder
from referrals.models import Slip
from referrals.queries import slip as queries

NARROW = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}


class Pile(OnceForm):
    """Twenty slips: number, cell and the numbers of the boxes that are ticked. Rows left empty are left out."""

    called = "Pile of slips"
    save_text = "Save the slips"
    drafted = True

    received_on = forms.DateField(
        label="When were they received?", help_text="For example, 27/3/2026", initial=timezone.localdate
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.boxes = user, queries.boxes()
        self.codes = {str(number): code for number, code, _ in self.boxes}
        for row in range(1, queries.ROWS + 1):
            self.fields |= {
                f"number_{row}": _box(f"Prison number, slip {row}", "8", 12),
                f"cell_{row}": _box(f"Cell, slip {row}", "8", 20),
                f"ticks_{row}": _box(f"Boxes ticked, slip {row}", "6", 40),
            }
        self.found = {}

    @property
    def rows(self):
        """Each row with its fields and, after it was sent, the name that its number means."""
        for row in range(1, queries.ROWS + 1):
            number, cell, ticks = (self[f"{name}_{row}"] for name in ["number", "cell", "ticks"])
            known = self.found.get(numbers.normalise(number.value() or ""))
            yield {"row": row, "number": number, "cell": cell, "ticks": ticks, "name": known and known[0].list_name}

    def clean(self):
        given = super().clean()
        filled = [row for row in range(1, queries.ROWS + 1) if self._filled(given, row)]
        if not filled and not self.errors:
            raise ValidationError("Enter the prison number of at least one slip.")
        self.found = finder.by_numbers(self.user, [given.get(f"number_{row}", "") for row in filled])
        given["slips"] = [slip for row in filled if (slip := self._slip(given, row))]
        return given

    def _filled(self, given, row):
        return any(given.get(f"{name}_{row}") for name in ["number", "cell", "ticks"])

    def _slip(self, given, row):
        number = numbers.normalise(given.get(f"number_{row}") or "")
        person, here = self.found.get(number, (None, ""))
        said, wants = given.get(f"cell_{row}", ""), self._wants(given, row)
        if person is None:
            self.add_error(f"number_{row}", _unknown(number))
        elif said and here and cells.sort_key(cells.tidy(said)) != cells.sort_key(here):
            words = f"The roll has {person.name} in {here}, not in {said}. Check the number, or leave the cell empty."
            self.add_error(f"cell_{row}", words)
        nonce = given.get("nonce")
        if person is None or wants is None or nonce is None:
            return None
        return {"row": row, "person": person, "wants": wants, "nonce": uuid.uuid5(nonce, str(row))}

    def _wants(self, given, row):
        """The codes of the boxes whose numbers were typed, in the order of the slip; None where one does not exist."""
        typed = [digit for digit in given.get(f"ticks_{row}", "") if not digit.isspace() and digit not in ",.;/-"]
        if wrong := [digit for digit in typed if digit not in self.codes]:
            self.add_error(f"ticks_{row}", f"There is no box {wrong[0]}. The boxes are 1 to {len(self.codes)}.")
            return None
        return [code for number, code in self.codes.items() if number in typed]


def _box(label, width, most):
    attrs = {"class": f"govuk-input govuk-input--width-{width}", "aria-label": label, **NARROW}
    return forms.CharField(label=label, max_length=most, required=False, widget=forms.TextInput(attrs=attrs))


def _unknown(number):
    if not number:
        return "Enter the prison number."
    if not numbers.is_prison_number(number):
        return f"“{number}” is not a prison number. One looks like A1234BC."
    return "Nobody here has this number. Look at the slip again, or find the person by name and refer from there."


class SetAside(Form):
    called = "Slip without a referral"
    save_text = "Put the slip away"
    save_class = "govuk-button--secondary"

    answer = forms.ChoiceField(
        label="Why does no referral come of it?",
        choices=[(each, each.label) for each in [Slip.Answer.NOT_FOR_US, Slip.Answer.UNKNOWN]],
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
        error_messages={"required": "Choose why no referral comes of it"},
    )
    why = forms.CharField(label="In a few words", max_length=200)
