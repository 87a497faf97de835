"""The questions of each step that a handover takes once it is sent."""

from datetime import date

from crispy_forms.layout import Layout, Row
from django import forms

from casework.forms.base import Form, OnceForm
from partners.models import Handover

AT = "%d/%m/%Y %H:%M"
WHEN = "Write the day and the time, for example 27/3/2026 14:30."


def _words(label, **given):
    return forms.CharField(label=label, max_length=2000, widget=forms.Textarea(attrs={"rows": 4}), **given)


class Step(Form):
    @staticmethod
    def beginning(handover):
        """What the form begins with."""
        return {}


class Query(Step):
    called = "Query to a prison"
    save_text = "Send the query"

    words = _words("What do you need to know, or what is wrong?")


class Answer(Step):
    called = "Answer to an agency"
    save_text = "Send the answer"

    words = _words("What is the answer?", help_text="The agency reads it, and is asked again to acknowledge.")


class Refuse(Step):
    called = "Refusal of a handover"
    save_text = "Refuse it"
    save_class = "govuk-button--warning"

    reason = forms.ChoiceField(
        label="Why is this person not taken on?",
        choices=Handover.Refusal,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why."},
    )
    words = _words("What else is there to know?", required=False)


class Told(Step):
    """The agency acknowledged by telephone."""

    called = "Acknowledgement by telephone"

    words = _words("Who told you, and how?", help_text="The agency reads it.")


class SendBack(Step):
    called = "Refusal sent back"
    save_text = "Send it back"

    words = _words("Why should the agency look at it again?", help_text="The agency reads it.")


class Offer(OnceForm):
    called = "Appointment after release"
    save_text = "Offer the appointment"

    on_at = forms.DateTimeField(
        label="When is the appointment?",
        help_text="For example, 27/3/2026 14:30",
        input_formats=[AT, "%d/%m/%y %H:%M", "%d/%m/%Y %H.%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(format=AT, attrs={"class": "govuk-input--width-20"}),
        error_messages={"required": "Give the day and the time.", "invalid": WHEN},
    )
    where = forms.CharField(label="Where?", max_length=200)
    whom = forms.CharField(label="With whom?", max_length=120, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout("on_at", Row("where", "whom"), "nonce")

    @staticmethod
    def beginning(handover):
        """The appointment that stands in the handover, or the one that was offered before: where and with whom it is, is seldom new."""
        before = handover.appointments.first()
        if before:
            return {"where": before.where, "whom": before.whom}
        said = handover.content.get("appointment") or {}
        on = date.fromisoformat(said["on"]) if said.get("on") else None
        when = f"{on:%d/%m/%Y} {said['time']}" if on and said.get("time") else None
        return {"on_at": when, "where": (said.get("address") or "")[:200], "whom": (said.get("person") or "")[:120]}


class Came(Step):
    """The appointment was kept or missed; which of the two is the step itself."""

    called = "What came of an appointment"
    save_text = "Save"

    words = _words("Anything to note?", required=False, help_text="Both sides read it.")


class Close(Step):
    called = "Closing of a handover"
    save_text = "Close it"

    why = forms.ChoiceField(
        label="Why is it closed?",
        choices=Handover.Closed,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why."},
    )
    words = _words("Anything to note?", required=False, help_text="The agency reads it, while it sees the handover.")
