"""Questions that several forms ask."""

from crispy_forms.layout import Div
from django import forms
from django.core.exceptions import ValidationError

from casework.formats import numbers
from casework.models import Room, User
from interventions.models import ContactType
from interventions.operations.appointment import CONFLICT

AT = "%d/%m/%Y %H:%M"
AT_FORMATS = [AT, "%d/%m/%y %H:%M", "%d/%m/%Y %H.%M", "%Y-%m-%d %H:%M"]
MINUTES = dict.fromkeys(["min_value", "max_value"], "Minutes are between 1 and 480.")
NARROW = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
TIMES = ["%H:%M", "%H.%M", "%H%M", "%H:%M:%S"]


def kinds():
    """The kinds of session that are written up one by one; a group has its register."""
    return ContactType.objects.current().filter(group=False)


def rooms(user):
    """The rooms of the prison of ``user`` that are in use."""
    return Room.objects.visible_to(user).current()


def workers(user):
    """Who may see people in the prison of ``user``."""
    return User.objects.visible_to(user).caseworkers()


class TypeField(forms.ModelChoiceField):
    """The kinds of session, each with its usual minutes."""

    def label_from_instance(self, kind):
        return f"{kind} ({kind.usual_minutes} min)"


class MinutesField(forms.IntegerField):
    """How long something takes or took; empty: as long as usual."""

    def __init__(self, **given):
        given = {"label": "How many minutes?", "help_text": "Empty: as long as usual.", "required": False, **given}
        super().__init__(min_value=1, max_value=480, error_messages=MINUTES, **given)


class MomentField(forms.DateTimeField):
    """A day and a time; one that is struck twice or never, on the night the clocks change, is told in plain words."""

    def __init__(self, **given):
        usual = {
            "help_text": "For example, 27/3/2026 14:30",
            "input_formats": AT_FORMATS,
            "widget": forms.DateTimeInput(format=AT, attrs={"class": "govuk-input--width-20"}),
            "error_messages": {
                "required": "Give the day and the time.",
                "invalid": "Write the day and the time, for example 27/3/2026 14:30.",
            },
        }
        super().__init__(**usual | given)

    def to_python(self, value):
        try:
            return super().to_python(value)
        except ValidationError as error:
            if error.code != "ambiguous_timezone":
                raise
            raise ValidationError("The clocks changed at this hour. Give a time an hour earlier or later.") from error


class Anyway:
    """A form about a time in the diary: what stands against it is told beside ``told``, and may then be set aside by a tick."""

    def _ask_anyway(self):
        """Where the answer will stand; call it once when the layout is made."""
        self.fields["anyway"] = forms.BooleanField(label="Plan it all the same", required=False)
        self._anyway = Div(*(["anyway"] if self.is_bound and self.data.get("anyway") else []))
        return self._anyway

    def add_error(self, field, error):
        super().add_error(field, error)
        told = error if isinstance(error, ValidationError) else ValidationError(error)
        lists = told.error_dict.values() if hasattr(told, "error_dict") else [told.error_list]
        codes = {one.code for errors in lists for one in errors}
        if CONFLICT in codes and not self._anyway.fields:
            self._anyway.fields.append("anyway")


def number_box(label, width, most):
    """A narrow box for a prison number, or what stands in a line beside one."""
    attrs = {"class": f"govuk-input govuk-input--width-{width}", "aria-label": label, **NARROW}
    return forms.CharField(label=label, max_length=most, required=False, widget=forms.TextInput(attrs=attrs))


def unknown(number, person):
    """Why a number that was typed leads to nobody; nothing where it leads to ``person``."""
    if not number:
        return "Enter the prison number."
    if person:
        return ""
    if not numbers.is_prison_number(number):
        return f"“{number}” is not a prison number. One looks like A1234BC."
    return "Nobody whom you may see has this number."
