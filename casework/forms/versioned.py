"""A form that adds a row or changes one that others may be changing too."""

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms.models import model_to_dict

from casework.forms.base import Form

NOTHING = "nothing"


class VersionedForm(Form):
    """With ``row``, the form shows what it says now and carries its version. ``user`` fills in it; ``beside``: the field that is unique.

    If somebody else was quicker, what was typed stays, what they saved is shown beside it (``theirs``, by the name of the field) and
    the version is renewed: whoever saves again has seen both.
    """

    beside = None

    def __init__(self, *args, row=None, user=None, save_text=None, **kwargs):
        self.row, self.user, self.theirs = row, user, {}
        self.save_text = save_text or self.save_text
        super().__init__(*args, initial=row and self.said_by(row), **kwargs)
        if row:
            self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput)

    def said_by(self, row):
        """What ``row`` says, by the names of the fields."""
        return model_to_dict(row)

    def refuse(self, error):
        """Show why an operation refused the answers, beside the field where there is one."""
        if getattr(error, "code", None) == "stale":
            self._compare()
        for name, errors in getattr(error, "error_dict", {None: error}).items():
            name = self.beside if name == NON_FIELD_ERRORS else name
            self.add_error(name if name in self.fields else None, errors)

    def _compare(self):
        """Take up what the row says now: its version, and its answers wherever they differ from those that were typed."""
        self.row.refresh_from_db()
        theirs = self.said_by(self.row)
        for name, field in self.fields.items():
            if name in theirs and not field.widget.is_hidden:
                said = in_words(field, _understood(field, theirs[name]))
                if said != in_words(field, self.cleaned_data.get(name)):
                    self.theirs[name] = said
        self.data = self.data.copy()
        self.data[self.add_prefix("version")] = self.row.version


def _understood(field, value):
    """``value`` as an answer to ``field`` would be understood, for what a row says may be written in another way."""
    try:
        return field.to_python(value)
    except ValidationError:
        return value


def in_words(field, value):
    """An answer to ``field`` in the words of the page, to be read and compared."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if hasattr(field, "choices"):
        several = isinstance(field, forms.MultipleChoiceField | forms.ModelMultipleChoiceField)
        chosen = {
            str(getattr(one, "pk", one)) for one in (value or [] if several else ["" if value is None else value])
        }
        labels = {str(key): str(label) for key, label in _flat(field.choices)}
        named = [label for key, label in labels.items() if key in chosen] + sorted(chosen - labels.keys())
        return ", ".join(filter(None, named)) or NOTHING
    text = field.widget.format_value(value)
    return str(text).replace("\r\n", "\n").strip() if text not in (None, "") else NOTHING


def _flat(choices):
    """Choices without the groups that some of them stand in."""
    for key, label in choices:
        yield from _flat(label) if isinstance(label, list | tuple) else [(key, label)]
