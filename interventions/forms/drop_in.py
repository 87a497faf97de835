"""Drop-ins: one opened, and who came."""

import uuid

from crispy_forms.layout import Layout, Row
from django import forms
from django.utils import timezone

from casework.forms.base import OnceForm
from casework.models import RegimeTime, Room, Wing
from interventions.models import Audience
from interventions.queries import drop_in as queries

ROWS = 10
LONGEST = 500
NARROW = {"autocomplete": "off", "spellcheck": "false"}


class Open(OnceForm):
    called = "Drop-in"
    save_text = "Open the drop-in"

    name = forms.CharField(label="What is it called?", max_length=80, initial="Drop-in")
    on = forms.DateField(label="On which day?", help_text="For example, 27/3/2026", initial=timezone.localdate)
    regime_time = forms.ModelChoiceField(RegimeTime.objects.none(), label="At which time of the day?", empty_label=None)
    wing = forms.ModelChoiceField(
        Wing.objects.none(), label="On which wing?", required=False, empty_label="Not on a wing"
    )
    room = forms.ModelChoiceField(
        Room.objects.none(), label="In which room?", required=False, empty_label="In none of the rooms"
    )
    audience = forms.ChoiceField(label="Who may come?", choices=Audience.choices, widget=forms.RadioSelect)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        for name, model in {"regime_time": RegimeTime, "wing": Wing, "room": Room}.items():
            self.fields[name].queryset = model.objects.visible_to(user).current()
        self.fields["audience"].initial = self.initial.get("audience") or Audience.MAIN
        self.helper.layout = Layout("name", Row("on", "regime_time"), Row("wing", "room"), "audience", "nonce")


class Came(OnceForm):
    """Who came: heads, and up to ten names at a time, each by number or by name."""

    called = "Drop-in"
    save_text = "Save"
    drafted = True

    head_count = forms.IntegerField(
        label="How many came?",
        help_text="Count the heads; not everybody gives a name.",
        min_value=0,
        max_value=300,
        required=False,
        error_messages={"min_value": "Give 0 or more.", "max_value": "Give at most 300."},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, user, session, **kwargs):
        initial = {"head_count": session.head_count, "version": session.version}
        super().__init__(*args, initial=initial, **kwargs)
        self.user, self.session, self.found = user, session, {}
        for row in range(1, ROWS + 1):
            self.fields |= {
                f"who_{row}": _box(f"Prison number or name, line {row}", "10", 80),
                f"refer_{row}": forms.BooleanField(
                    required=False,
                    label=f"Refer, line {row}",
                    widget=forms.CheckboxInput(attrs={"class": "ww-tick", "aria-label": f"Refer, line {row}"}),
                ),
                f"words_{row}": _box(f"What about, line {row}", "20", LONGEST),
            }

    @property
    def rows(self):
        """Each line with its fields and, after it was sent, the name that was meant."""
        for row in range(1, ROWS + 1):
            fields = {name: self[f"{name}_{row}"] for name in ["who", "refer", "words"]}
            fits = self.found.get((fields["who"].value() or "").strip(), [])
            yield {"row": row, **fields, "name": fits[0].list_name if len(fits) == 1 else ""}

    def clean(self):
        given = super().clean()
        filled = [row for row in range(1, ROWS + 1) if self._is_filled(given, row)]
        typed = [text for row in filled if (text := given.get(f"who_{row}"))]
        self.found = queries.people(self.user, typed) if typed else {}
        given["came"] = [one for row in filled if (one := self._one(given, row))]
        return given

    def _is_filled(self, given, row):
        return any(given.get(f"{name}_{row}") for name in ["who", "refer", "words"])

    def _one(self, given, row):
        text = given.get(f"who_{row}", "")
        fits = self.found.get(text, [])
        if len(fits) != 1:
            self.add_error(f"who_{row}", self._unclear(text, fits))
        if len(fits) != 1 or not given.get("nonce"):
            return None
        answers = {name: given.get(f"{name}_{row}") or "" for name in ["refer", "words"]}
        return {"row": row, "person": fits[0], **answers, "nonce": uuid.uuid5(given["nonce"], str(row))}

    def _unclear(self, text, fits):
        if not text:
            return "Enter the prison number or the name."
        if not fits:
            return "Nobody here has this number or name."
        cells = queries.cells(self.user, fits)
        named = [f"{p.list_name} {p.number} {cells.get(p.pk, '')}".strip() for p in fits[: queries.MOST_NAMED]]
        more = ", and more" if len(fits) > queries.MOST_NAMED else ""
        return f"Several fit: {'; '.join(named)}{more}. Enter the number."

    @property
    def answers(self):
        """What the operation is told."""
        return {name: self.cleaned_data[name] for name in ["head_count", "version", "came"]}


def _box(label, width, most):
    attrs = {"class": f"govuk-input govuk-input--width-{width}", "aria-label": label, **NARROW}
    return forms.CharField(label=label, max_length=most, required=False, widget=forms.TextInput(attrs=attrs))
