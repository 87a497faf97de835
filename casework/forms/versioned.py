"""A form that adds a row or changes one that others may be changing too."""

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms.models import model_to_dict

from casework.forms.base import Form


class VersionedForm(Form):
    """With ``row``, the form shows what it says now and carries its version. ``user`` fills in it; ``beside``: the field that is unique."""

    beside = None

    def __init__(self, *args, row=None, user=None, save_text=None, **kwargs):
        self.row, self.user = row, user
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
            self.row.refresh_from_db()
            self.is_bound, self.initial = False, self.said_by(self.row)
        for name, errors in getattr(error, "error_dict", {None: error}).items():
            name = self.beside if name == NON_FIELD_ERRORS else name
            self.add_error(name if name in self.fields else None, errors)
