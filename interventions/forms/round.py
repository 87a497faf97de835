"""The questions of a wing round: which wing, what holds for all, and one line for each person."""

from django import forms
from django.core.exceptions import ValidationError

from casework.formats import numbers
from casework.forms.base import OnceForm
from casework.models import User, Wing
from casework.queries import finder
from interventions.forms.fields import MINUTES, MomentField
from interventions.models import Contact, ContactType
from interventions.queries import round as queries

FURTHER = 6
NOTHING = ("", "–")
MISSED = [each for each in Contact.Outcome.choices if each[0] != Contact.Outcome.TOOK_PLACE]
BY_HAND = ["number", "note", "minutes", "outcome", "type", "referral"]


class Choose(forms.Form):
    """Which list: a wing, one landing of it, and when a sheet was printed that is to be typed up. ``first``: the page is opened for it."""

    wing = forms.ModelChoiceField(Wing.objects.none(), label="Wing", empty_label=None)
    landing = forms.CharField(label="Landing", help_text="Empty: all", max_length=8, required=False)
    printed = MomentField(
        label="Sheet printed",
        help_text="Only to type one up, as 27/3/2026 14:30",
        required=False,
    )

    def __init__(self, *args, user, first=False, **kwargs):
        super().__init__(*args, auto_id="choose_%s", **kwargs)
        self.fields["wing"].queryset = Wing.objects.visible_to(user).current()
        if first:
            self.fields["wing"].widget.attrs["autofocus"] = True  # After the menus: the first key answers a question.
        self.fields["landing"].widget.attrs["class"] = "govuk-input--width-3"


class Filter(forms.Form):
    wing = forms.ModelChoiceField(Wing.objects.none(), label="Wing", empty_label="All wings", required=False)
    worker = forms.ModelChoiceField(User.objects.none(), label="Worker", empty_label="Everybody", required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, auto_id="filter_%s", **kwargs)
        self.fields["wing"].queryset = Wing.objects.visible_to(user)
        self.fields["worker"].queryset = User.objects.visible_to(user).caseworkers()


class Round(OnceForm):
    """``people``: the keys of those on the list, in order, so that a form sent again or kept as a draft names whom it named before."""

    called = "Wing round"
    save_text = "Save the round"
    drafted = True

    type = forms.TypedChoiceField(label="What kind of session?")
    minutes = forms.IntegerField(
        label="How many minutes each?",
        help_text="Empty: as long as usual.",
        min_value=1,
        max_value=480,
        required=False,
        error_messages=MINUTES,
    )
    at = MomentField(label="When?")
    worker = forms.ModelChoiceField(User.objects.none(), label="Who went round?", empty_label=None)
    people = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, user, listed_at, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.found, keys = user, {}, _keys(self["people"].value())
        self.lines = queries.lines(user, keys, at=listed_at)
        self.gone = len(keys) - len(self.lines)
        self.kinds = {str(kind.pk): kind for kind in ContactType.objects.filter(ended_on=None, group=False)}
        self.fields["worker"].queryset = User.objects.visible_to(user).caseworkers()
        self.fields["type"].coerce = self.kinds.get
        self.fields["type"].choices = [(key, f"{kind} ({kind.usual_minutes} min)") for key, kind in self.kinds.items()]
        for line in self.lines:
            self.fields[f"seen_{line.person.pk}"] = _tick(f"Seen: {line.person.name}")
            self._add_line(line.person.pk, line.person.name)
        for row in range(1, FURTHER + 1):
            self.fields[f"number_{row}"] = _text(f"Prison number, line {len(self.lines) + row}", 12, "8")
            self.fields[f"referral_{row}"] = _tick(f"Wants a referral, line {len(self.lines) + row}")
            self._add_line(f"n{row}", f"line {len(self.lines) + row}")

    def _add_line(self, key, whom):
        kinds = [NOTHING, *((key, kind.name) for key, kind in self.kinds.items())]
        self.fields |= {
            f"note_{key}": _text(f"Note: {whom}", 500),
            f"minutes_{key}": _minutes(f"Minutes: {whom}"),
            f"outcome_{key}": forms.ChoiceField(
                label=f"Why not seen: {whom}",
                choices=[NOTHING, *MISSED],
                required=False,
                widget=forms.Select(attrs={"aria-label": f"Why not seen: {whom}"}),
            ),
            f"type_{key}": forms.TypedChoiceField(
                label=f"Another kind: {whom}",
                choices=kinds,
                required=False,
                coerce=self.kinds.get,
                empty_value=None,
                widget=forms.Select(attrs={"aria-label": f"Another kind: {whom}"}),
            ),
        }

    @property
    def rows(self):
        """The lines of the list with their fields, numbered from 1."""
        for number, line in enumerate(self.lines, start=1):
            yield {"number": number, "line": line, "seen": self[f"seen_{line.person.pk}"], **self._of(line.person.pk)}

    @property
    def further(self):
        """The lines for anybody else; after the form was sent, with the name that a number means."""
        for row in range(1, FURTHER + 1):
            number, referral = self[f"number_{row}"], self[f"referral_{row}"]
            known = self.found.get(numbers.normalise(number.value() or ""))
            name = f"{known[0].list_name}, {known[1]}".rstrip(", ") if known else ""
            at = len(self.lines) + row
            yield {"row": row, "number": at, "typed": number, "referral": referral, "name": name, **self._of(f"n{row}")}

    @property
    def named(self):
        """Keys of the people whom the page names."""
        return {line.person.pk for line in self.lines} | {person.pk for person, _ in self.found.values()}

    def _of(self, key):
        return {name: self[f"{name}_{key}"] for name in ["note", "minutes", "outcome", "type"]}

    def clean(self):
        given = super().clean()
        filled = [row for row in range(1, FURTHER + 1) if self._filled(given, row)]
        self.found = finder.by_numbers(self.user, [given.get(f"number_{row}", "") for row in filled])
        rows = [self._listed(given, line.person) for line in self.lines]
        rows += self._added(given, filled)
        if self.gone:
            self.data = self.data.copy()
            self.data["people"] = ",".join(str(line.person.pk) for line in self.lines)
            raise ValidationError(
                "Somebody on this list is not known here any more and was left out. Look at the list, then save again."
            )
        kept = {name: given.get(name) for name in ["type", "minutes", "at", "worker", "nonce"]}
        return {**kept, "rows": [row for row in rows if row]}

    def _listed(self, given, person):
        key = person.pk
        seen, outcome = given.get(f"seen_{key}"), given.get(f"outcome_{key}")
        if seen and outcome:
            self.add_error(f"seen_{key}", f"Tick {person.name}, or give a reason: not both.")
        elif not seen and not outcome and any(given.get(f"{name}_{key}") for name in ["note", "minutes", "type"]):
            self.add_error(f"seen_{key}", f"Tick {person.name}, or say why not seen.")
        return _row(given, key, person, f"seen_{key}") if seen or outcome else None

    def _filled(self, given, row):
        return any(
            given.get(f"{name}_{row}" if name in {"number", "referral"} else f"{name}_n{row}") for name in BY_HAND
        )

    def _added(self, given, filled):
        """The rows of those whose number was typed; nobody twice."""
        known = {line.person.pk: number for number, line in enumerate(self.lines, start=1)}
        for row in filled:
            number = numbers.normalise(given.get(f"number_{row}") or "")
            person, _ = self.found.get(number, (None, ""))
            if person is None:
                self.add_error(f"number_{row}", _unknown(number))
                continue
            if person.pk in known:
                self.add_error(f"number_{row}", f"{person.name} is in line {known[person.pk]} already.")
            known.setdefault(person.pk, len(self.lines) + row)
            yield {
                **_row(given, f"n{row}", person, f"number_{row}"),
                "referral": bool(given.get(f"referral_{row}")),
            }


def _row(given, key, person, beside):
    return {
        "person": person,
        "outcome": given.get(f"outcome_{key}") or Contact.Outcome.TOOK_PLACE,
        "minutes": given.get(f"minutes_{key}"),
        "type": given.get(f"type_{key}"),
        "note": given.get(f"note_{key}", ""),
        "referral": False,
        "beside": beside,
    }


def _keys(text):
    """The keys in a hidden field, each once; what is none is left out."""
    found = (int(part) for part in (text or "").split(",") if part.isdecimal() and len(part) < 19)
    return list(dict.fromkeys(found))[: queries.MOST]


def _text(label, most, width=""):
    attrs = {"aria-label": label, "autocomplete": "off", "class": f"govuk-input--width-{width}" if width else ""}
    return forms.CharField(label=label, max_length=most, required=False, widget=forms.TextInput(attrs=attrs))


def _minutes(label):
    widget = forms.NumberInput(attrs={"aria-label": label, "class": "govuk-input--width-3", "autocomplete": "off"})
    return forms.IntegerField(
        label=label, min_value=1, max_value=480, required=False, widget=widget, error_messages=MINUTES
    )


def _tick(label):
    return forms.BooleanField(
        label=label, required=False, widget=forms.CheckboxInput(attrs={"class": "govuk-checkboxes__input"})
    )


def _unknown(number):
    if not number:
        return "Enter the prison number."
    if not numbers.is_prison_number(number):
        return f"“{number}” is not a prison number. One looks like A1234BC."
    return "Nobody here has this number. Look at it again, or find the person by name."
