"""The questions of the duty worker."""

from crispy_forms.layout import Layout
from django import forms
from django.utils import timezone

from casework.forms.allocation import NOBODY, Opening
from referrals.models import Triage as Answer

Outcome = Answer.Outcome
OUTCOME_HINTS = {
    Outcome.OPEN: "The person wants help that we give.",
    Outcome.DECLINED: "The person does not want to see us now.",
    Outcome.INAPPROPRIATE: "Somebody else is better placed to help.",
    Outcome.REPEAT: "The person has an open case; the referral is added to it.",
    Outcome.LEFT: "Released or moved before we could meet.",
}


class Triage(Opening):
    called = "Triage"
    save_text = "Save the triage"

    outcome = forms.ChoiceField(label="What comes of it?", choices=Outcome.choices, widget=forms.RadioSelect)
    needs = forms.CharField(
        label="What does the person need?",
        help_text="If no case is opened, say why.",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say what the person needs or, if no case is opened, why."},
    )
    never_again = forms.BooleanField(
        label="The person does not want to be asked again",
        help_text="Only after a no. Otherwise the person is offered again after some weeks.",
        required=False,
    )
    substances = forms.CharField(
        label="Which substances?",
        help_text="The main one first. For example: spice, alcohol",
        max_length=200,
        required=False,
    )
    done_on = forms.DateField(
        label="When was the triage?", help_text="For example, 27/3/2026", initial=timezone.localdate
    )

    def __init__(self, *args, header, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["outcome"].initial = _suggested(header)
        self.fields["outcome"].widget.hints = OUTCOME_HINTS
        worker = self.fields["worker"]
        worker.required, worker.initial, worker.help_text = False, NOBODY, "Only if you open one."
        self.helper.layout = Layout(
            "outcome", "needs", "never_again", "substances", "done_on", "worker", "reason", "suggested"
        )

    def clean(self):
        """A case that is not opened is held by nobody, whatever the list was left at. Only who declines is asked again or not."""
        if self.cleaned_data.get("outcome") != Outcome.OPEN:
            self.cleaned_data["worker"] = None
        never = self.cleaned_data.pop("never_again", False)
        self.cleaned_data["ask_again"] = not (never and self.cleaned_data.get("outcome") == Outcome.DECLINED)
        return self.cleaned_data


def _suggested(header):
    if header.case:
        return Outcome.REPEAT
    return Outcome.OPEN if header.spell else Outcome.LEFT
