from django import forms
from django.utils import timezone

from casework.formats import reference
from casework.forms.base import Form, OnceForm
from casework.models import Alert, KeepApart

SAID = {"max_length": 120, "error_messages": {"required": "Say who said so"}}


def _from_on():
    return forms.DateField(
        label="From which day?", help_text="For example, 27/3/2026", error_messages={"required": "Give the day"}
    )


def _note():
    return forms.CharField(
        label="What else must the team know?",
        help_text="No intelligence, and nothing about other people: only what follows for our work.",
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class Note(OnceForm):
    save_text = "Note it"

    code = forms.ChoiceField(
        label="What was said?", widget=forms.RadioSelect, error_messages={"required": "Choose what was said"}
    )
    said_by = forms.CharField(
        label="Who said so?", help_text="Name and part, for example “SO Sample, security”", **SAID
    )
    from_on = _from_on()
    review_on = forms.DateField(
        label="When is it looked at again?", help_text="It stands until somebody ends it here.", required=False
    )
    note = _note()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        notices = reference.notices()
        self.fields["code"].choices = [(code, meaning.label) for code, meaning in notices.items()]
        self.fields["code"].widget.hints = {code: meaning.hand for code, meaning in notices.items()}
        self.fields["from_on"].initial = timezone.localdate()


class Acct(OnceForm):
    save_text = "Note it"

    state = forms.ChoiceField(
        label="What is the state of the ACCT?",
        choices=Alert.Acct,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the state"},
    )
    from_on = _from_on()
    review_on = forms.DateField(
        label="When is the next review?", help_text="Leave this empty if it is not known yet.", required=False
    )
    said_by = forms.CharField(label="Who in safer custody said so?", **SAID)
    note = _note()
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, acct=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["state"].widget.hints = {
            Alert.Acct.OPEN: "The folder is on the wing. Every session is recorded in it",
            Alert.Acct.FOLLOWED_UP: "Closed, and followed up for a while: not yet safe",
            Alert.Acct.CLOSED: "The follow-up is over",
        }
        self.fields["note"].help_text = "Triggers that bear on drugs or alcohol, not what is written in the folder."
        self.fields["state"].initial = acct and acct.code
        self.fields["review_on"].initial = acct and acct.review_on
        self.fields["from_on"].initial = timezone.localdate()
        self.fields[
            "from_on"
        ].help_text = "For example, 27/3/2026. Where only the review changes, the day stays as it is."


class End(Form):
    save_text = "End it"
    save_class = "govuk-button--warning"

    said_by = forms.CharField(label="Who said that it is over?", **SAID)
    why = forms.CharField(
        label="Why?", max_length=200, widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": "Say why"}
    )


class RecordKeepApart(OnceForm):
    save_text = "Keep them apart"

    number = forms.CharField(
        label="Prison number of the other person",
        max_length=20,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10", "autocomplete": "off"}),
        error_messages={"required": "Give the prison number of the other person"},
    )
    scope = forms.ChoiceField(
        label="How far apart?",
        choices=KeepApart.Scope,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how far apart"},
    )
    reason = forms.ChoiceField(
        label="Why?",
        help_text="In one word only. Where it is known from stays where it is kept.",
        choices=KeepApart.Reason,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the reason"},
    )
    said_by = forms.CharField(label="Who said so?", **SAID)
    from_on = _from_on()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["from_on"].initial = timezone.localdate()


class Acknowledge(forms.Form):
    """Which changes of the page are meant: those that were ticked, or all that were shown."""

    TICKED, ALL = "ticked", "all"

    which = forms.ChoiceField(choices=[(TICKED, TICKED), (ALL, ALL)])

    @property
    def names(self):
        """The names of the changes that are meant."""
        return self.data.getlist("change" if self.cleaned_data["which"] == self.TICKED else "shown")
