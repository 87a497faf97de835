"""What every form of the house has: a helper for its template, and a nonce so that a double click makes one record."""

import uuid

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms


class Form(forms.Form):
    """A form drawn by crispy. ``save_text`` is the button's label, ``save_class`` its look.

    ``cancel_url``, given by the view, is where the link beside the button leads.
    """

    save_text = "Save"
    save_class = ""

    def __init__(self, *args, cancel_url="", **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.cancel_url = cancel_url
        self.helper.add_input(Submit("save", self.save_text, css_class=self.save_class))

    def add_error(self, field, error):
        """As Django does it, but what an operation says about something that this form does not ask stands above the form."""
        if field is None and hasattr(error, "error_dict"):
            for name, errors in error.error_dict.items():
                super().add_error(name if name in self.fields else None, errors)
        else:
            super().add_error(field, error)

    def refuse(self, error, **fresh):
        """Show why an operation said no, all that was typed kept; ``fresh`` hidden values let the answers be sent again."""
        self.add_error(None, error)
        self.data = self.data.copy()
        for name, value in fresh.items():
            self.data[name] = value


class OnceForm(Form):
    """A form that makes one record however often it is sent. ``nonce`` goes to the operation with the other answers."""

    nonce = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
