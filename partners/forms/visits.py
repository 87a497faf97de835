"""The questions of a wing visit: who walked where and when, and one line for each person who was seen, planned or not."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from casework.formats import numbers
from casework.forms.base import Form, OnceForm
from casework.models import Wing
from casework.queries import finder
from partners.models import WingVisitLine
from partners.queries import key_holders

MOST, FEWEST_FURTHER = 30, 6
WHAT = [("", "–"), *WingVisitLine.What.choices]


class Choose(forms.Form):
    """Which list: a wing, and who walked, where the team writes for him. ``first``: the page is opened for it."""

    wing = forms.ModelChoiceField(Wing.objects.none(), label="Wing", empty_label=None)
    visitor = forms.ModelChoiceField(None, label="Visitor", empty_label=None)

    def __init__(self, *args, user, first=False, **kwargs):
        super().__init__(*args, auto_id="choose_%s", **kwargs)
        self.fields["wing"].queryset = Wing.objects.visible_to(user).current()
        self.own = key_holders.own(user) if user.is_partner else None
        if user.is_partner:
            del self.fields["visitor"]
        else:
            self.fields["visitor"].queryset = key_holders.standing(user)
            self.fields["visitor"].label_from_instance = lambda holder: f"{holder} ({holder.agency})"
        if first:
            self.fields["wing"].widget.attrs["autofocus"] = True  # After the menus: the first key answers a question.

    def clean(self):
        given = super().clean()
        return given if self.own is None else {**given, "visitor": self.own}


class Visit(OnceForm):
    """``planned``: whom the visitor may see on the wing; ``people``: keys of those who stood on the page, in order, so that a form sent
    again or kept as a draft names whom it named before. Whose a further number is, an agency is not told, and the team is.
    """

    called = "Wing visit"
    save_text = "Save the visit"
    drafted = True

    on = forms.DateField(
        label="Which day?",
        help_text="For example, 27/3/2026",
        initial=timezone.localdate,
        widget=forms.DateInput(),
        error_messages={"required": "Give the day.", "invalid": "Write a day, for example 27/3/2026."},
    )
    people = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, user, planned, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.found = user, {}
        known = {str(each.person): each for each in planned}
        keys = list(dict.fromkeys(filter(None, (self["people"].value() or "").split(","))))
        self.planned = [known[key] for key in keys if key in known]
        self.gone = len(keys) > len(self.planned)
        for each in self.planned:
            self._add_line(each.person, each.name)
        self.count = max(FEWEST_FURTHER, MOST - len(self.planned))
        for row in range(1, self.count + 1):
            at = len(self.planned) + row
            self.fields[f"number_{row}"] = _text(f"Prison number, line {at}", 12, "8")
            self._add_line(f"n{row}", f"line {at}")

    def _add_line(self, key, whom):
        label = f"What: {whom}"
        widget = forms.Select(attrs={"aria-label": label})
        self.fields[f"what_{key}"] = forms.ChoiceField(label=label, choices=WHAT, required=False, widget=widget)
        self.fields[f"note_{key}"] = _text(f"Note: {whom}", 500)

    @property
    def rows(self):
        """The lines of the list with their fields, numbered from 1."""
        for number, each in enumerate(self.planned, start=1):
            yield {"number": number, "planned": each, **self._of(each.person)}

    @property
    def further(self):
        """The lines for anybody else, with the name that goes with a number where it may be told."""
        names = {each.number: f"{each.name}, {each.cell}" for each in self.planned}
        names |= {number: f"{person.list_name}, {cell}" for number, (person, cell) in self.found.items()}
        for row in range(1, self.count + 1):
            typed = self[f"number_{row}"]
            name = names.get(numbers.normalise(typed.value() or ""), "").rstrip(", ")
            at = len(self.planned) + row
            yield {"row": row, "number": at, "typed": typed, "name": name, **self._of(f"n{row}")}

    def _of(self, key):
        return {"what": self[f"what_{key}"], "note": self[f"note_{key}"]}

    def clean(self):
        given = super().clean()
        filled = [row for row in range(1, self.count + 1) if self._filled(given, row)]
        self.found = self._whose(
            [each.number for each in self.planned] + [given.get(f"number_{n}", "") for n in filled]
        )
        rows = [self._listed(given, each) for each in self.planned]
        rows = [row for row in rows if row] + list(self._added(given, filled))
        if self.gone:
            self.data = self.data.copy()
            self.data["people"] = ",".join(str(each.person) for each in self.planned)
            raise ValidationError(
                "Somebody on this list may no longer be shown to you and was left out. Look at the list, then save again."
            )
        return {"on": given.get("on"), "nonce": given.get("nonce"), "rows": rows}

    def _whose(self, typed):
        return {} if self.user.is_partner else finder.by_numbers(self.user, typed)

    def _listed(self, given, each):
        what, note = given.get(f"what_{each.person}"), given.get(f"note_{each.person}", "")
        if note and not what:
            self.add_error(f"what_{each.person}", f"Choose what it was for {each.name}, or take the note away.")
        return self._row(each.number, what, note, planned=True) if what else None

    def _filled(self, given, row):
        return any(given.get(name) for name in [f"number_{row}", f"what_n{row}", f"note_n{row}"])

    def _added(self, given, filled):
        """The rows whose number was typed; nobody twice."""
        known = {each.number: n for n, each in enumerate(self.planned, 1) if given.get(f"what_{each.person}")}
        for row in filled:
            number = numbers.normalise(given.get(f"number_{row}") or "")
            what, at = given.get(f"what_n{row}"), len(self.planned) + row
            if wrong := self._wrong(number):
                self.add_error(f"number_{row}", wrong)
            elif number in known:
                self.add_error(f"number_{row}", f"This number is in line {known[number]} already.")
            elif not what:
                self.add_error(f"what_n{row}", "Choose what it was.")
            known.setdefault(number, at)
            yield self._row(number, what, given.get(f"note_n{row}", ""), planned=False)

    def _wrong(self, number):
        if not number:
            return "Enter the prison number."
        if not numbers.is_prison_number(number):
            return f"“{number}” is not a prison number. One looks like A1234BC."
        if not self.user.is_partner and number not in self.found:
            return "Nobody here has this number. Look at it again, or find the person by name."
        return ""

    def _row(self, number, what, note, *, planned):
        person, _ = self.found.get(number, (None, ""))
        return {"number": number, "what": what, "note": note, "planned": planned, "person": person}


class Settle(Form):
    """The team looks at a line that waited for it. ``numbered``: nobody here had its number, so the right one is asked for."""

    called = "Line of a wing visit"
    save_text = "It is looked at"

    number = forms.CharField(
        label="The right prison number, if you know it",
        help_text="Empty: nobody of ours.",
        max_length=12,
        required=False,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-8", "autocomplete": "off"}),
    )

    def __init__(self, *args, user, numbered, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.person = user, None
        if not numbered:
            del self.fields["number"]

    def clean_number(self):
        typed = self.cleaned_data["number"]
        self.person = finder.by_number(self.user, typed) if typed else None
        if typed and self.person is None:
            raise ValidationError("Nobody here has this number. Look at it again, or find the person by name.")
        return typed


def _text(label, most, width=""):
    attrs = {"aria-label": label, "autocomplete": "off", "class": f"govuk-input--width-{width}" if width else ""}
    return forms.CharField(label=label, max_length=most, required=False, widget=forms.TextInput(attrs=attrs))
