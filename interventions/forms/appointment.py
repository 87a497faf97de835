from crispy_forms.layout import Layout, Row
from django import forms

from casework.forms.base import Form, OnceForm
from casework.models import User
from interventions.forms.fields import AT, MomentField, TypeField
from interventions.models import ContactType


class Plan(OnceForm):
    save_text = "Plan the session"

    type = TypeField(ContactType.objects.filter(ended_on=None), label="What kind of session?", empty_label=None)
    at = MomentField(
        label="When?",
        help_text="For example, 27/3/2026 14:30",
        input_formats=[AT, "%d/%m/%y %H:%M", "%d/%m/%Y %H.%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(format=AT, attrs={"class": "govuk-input--width-20"}),
        error_messages={
            "required": "Give the day and the time.",
            "invalid": "Write the day and the time, for example 27/3/2026 14:30.",
        },
    )
    minutes = forms.IntegerField(
        label="How many minutes?",
        help_text="Empty: as long as usual.",
        min_value=1,
        max_value=480,
        required=False,
        error_messages=dict.fromkeys(["min_value", "max_value"], "Minutes are between 1 and 480."),
    )
    place = forms.CharField(label="Where?", max_length=60, required=False)
    worker = forms.ModelChoiceField(User.objects.none(), label="Who sees the person?", empty_label=None)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["worker"].queryset = User.objects.visible_to(user).caseworkers()
        self.helper.layout = Layout("type", Row("at", "minutes"), Row("place", "worker"), "nonce")


class CallOff(Form):
    save_text = "Call it off"
    save_class = "govuk-button--warning"

    why = forms.CharField(label="Why will it not be held?", max_length=200)
