from django import forms

from casework.forms.base import Form
from casework.models import Notice


class WantedForm(Form):
    """Which mails ``user`` wants, of those that his role gets."""

    called = "Which mails you want"
    wanted = forms.MultipleChoiceField(
        label="Which mails do you want?",
        help_text="A mail says only that something waits, never about whom. Mails about your account always come.",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )

    def __init__(self, *args, user, off, **kwargs):
        super().__init__(*args, **kwargs)
        self.offered_kinds = Notice.offered_to(user.role)
        self.fields["wanted"].choices = [(kind.value, kind.label) for kind in self.offered_kinds]
        self.initial["wanted"] = [kind.value for kind in self.offered_kinds if kind.value not in off]

    @property
    def unwanted(self):
        """The kinds without a tick."""
        return [kind.value for kind in self.offered_kinds if kind.value not in self.cleaned_data["wanted"]]
