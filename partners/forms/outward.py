"""Questions about a referral to an agency."""

from django import forms

from casework.forms.base import Form, OnceForm

YES, NO = "ACCEPT", "REFUSE"
LONG = {"max_length": "Write at most 500 characters."}


def _words(label, **given):
    widget = forms.Textarea(attrs={"rows": 4})
    return forms.CharField(label=label, max_length=500, widget=widget, error_messages=LONG, **given)


class Refer(OnceForm):
    """``agencies``: those that may be told of this person."""

    called = "Referral to an agency"
    save_text = "Refer"

    agency = forms.ModelChoiceField(
        None,
        label="Which agency?",
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": "Choose one."},
    )
    why = _words("What is wanted, and why?", help_text="The agency reads it with name, number and date of birth.")

    def __init__(self, *args, agencies, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies


class Answer(Form):
    """Of an agency, or of the team that was told by telephone."""

    called = "Answer to a referral"
    save_text = "Save the answer"

    accepted = forms.TypedChoiceField(
        label="Is this person taken on?",
        choices=[(YES, "Accept"), (NO, "Refuse")],
        coerce=lambda value: value == YES,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one."},
    )
    words = _words("Why not, or what happens next?", help_text="The prison’s team reads it.", required=False)

    def clean(self):
        given = super().clean()
        if given.get("accepted") is False and not given.get("words"):
            self.add_error("words", "Say why not.")
        return given


class Withdraw(Form):
    called = "Withdrawal of a referral"
    save_text = "Withdraw it"
    save_class = "govuk-button--warning"

    why = _words("Why is it withdrawn?")
