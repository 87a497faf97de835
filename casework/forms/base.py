"""What every form of the house has: a helper for its template, a nonce so that a double click makes one record, and its draft."""

import uuid

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.core.validators import MaxLengthValidator

from casework.queries import drafts

TOO_LONG = "Shorten this to %(limit_value)d characters. It has %(show_value)d."
# How to mend what cannot be read, where the field says nothing better itself.
UNREADABLE = {
    forms.DateField: "Enter a date such as 27/3/2026.",
    forms.TimeField: "Enter a time such as 13:30.",
}


class Form(forms.Form):
    """A form drawn by crispy. ``save_text`` is the button's label, ``save_class`` its look.

    ``cancel_url``, given by the view, is where the link beside the button leads. What is typed is kept as a draft and offered when
    the page is opened again: ``called`` is what the form is called in the list of unfinished ones (else its button's label);
    ``drafted``: None where the fields decide, which they do at the time of ``Form.__init__``.
    """

    save_text = "Save"
    save_class = ""
    called = ""
    drafted = None

    def __init__(self, *args, cancel_url="", **kwargs):
        self.typed = None
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.cancel_url = cancel_url
        self.helper.add_input(Submit("save", self.save_text, css_class=self.save_class))
        self._meet_drafts()

    def _meet_drafts(self):
        """Take up the draft that the address asks for; others are offered above the form."""
        self.draft, self.offered, self.is_drawn = None, [], False
        if asked := drafts.asked.get():
            asked.forms.append(self)
            if not self.is_bound and self.keeps_draft:
                self.draft = asked.used
                self.offered = [] if self.draft else asked.offered
        self.typed = drafts.as_sent(self.draft) if self.draft else None

    @property
    def keeps_draft(self):
        """Whether there is something to type in, and no password among it."""
        if self.drafted is not None:
            return self.drafted
        asked = [field.widget for field in self.fields.values() if not field.widget.is_hidden]
        if any(isinstance(widget, forms.PasswordInput) for widget in asked):
            return False
        return any(not widget.needs_multipart_form for widget in asked)

    def full_clean(self):
        for field in self.fields.values():
            _speak_plainly(field)
        super().full_clean()

    @property
    def is_taken(self):
        """Whether its answers were checked, found good, and not shown again."""
        return self.is_bound and self._errors is not None and not self._errors and not self.is_drawn

    @property
    def is_refused(self):
        """Whether something was wrong with its answers."""
        return self.is_bound and bool(self._errors)

    def get_initial_for_field(self, field, field_name):
        """What was typed, where the form is filled with a draft that has this field; else as Django does it."""
        name = self.add_prefix(field_name)
        if self.typed is None or field.widget.value_omitted_from_data(self.typed, {}, name):
            return super().get_initial_for_field(field, field_name)
        return field.widget.value_from_datadict(self.typed, {}, name)

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


def _speak_plainly(field):
    """Have a field say how to mend what Django would only call invalid."""
    for kind, words in UNREADABLE.items():
        if isinstance(field, kind) and field.error_messages["invalid"] == kind.default_error_messages["invalid"]:
            field.error_messages["invalid"] = words
    field.validators = [
        MaxLengthValidator(one.limit_value, TOO_LONG) if type(one) is MaxLengthValidator else one
        for one in field.validators
    ]
