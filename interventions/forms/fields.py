"""Questions that several forms ask."""

from django import forms
from django.core.exceptions import ValidationError

AT = "%d/%m/%Y %H:%M"


class TypeField(forms.ModelChoiceField):
    """The kinds of session, each with its usual minutes."""

    def label_from_instance(self, kind):
        return f"{kind} ({kind.usual_minutes} min)"


class MomentField(forms.DateTimeField):
    """A day and a time; one that is struck twice or never, on the night the clocks change, is told in plain words."""

    def to_python(self, value):
        try:
            return super().to_python(value)
        except ValidationError as error:
            if error.code != "ambiguous_timezone":
                raise
            raise ValidationError("The clocks changed at this hour. Give a time an hour earlier or later.") from error
