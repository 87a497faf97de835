"""The questions about what was done."""

from crispy_forms.layout import Layout, Row, Submit
from django import forms

from casework.forms.base import OnceForm
from casework.models import User
from interventions.forms.fields import AT, MomentField, TypeField
from interventions.models import Appointment, Contact, ContactType


class Log(OnceForm):
    called = "Session"
    save_text = "Save"

    type = TypeField(ContactType.objects.filter(ended_on=None), label="What kind of session?", empty_label=None)
    outcome = forms.ChoiceField(
        label="Did it take place?", choices=Contact.Outcome.choices, initial=Contact.Outcome.TOOK_PLACE
    )
    minutes = forms.IntegerField(
        label="How many minutes?",
        help_text="Empty: as long as usual.",
        min_value=1,
        max_value=480,
        required=False,
        error_messages=dict.fromkeys(["min_value", "max_value"], "Minutes are between 1 and 480."),
    )
    note = forms.CharField(label="What happened?", max_length=10000, required=False, widget=forms.Textarea)
    at = MomentField(
        label="When did it begin?",
        help_text="For example, 27/3/2026 14:30",
        input_formats=[AT, "%d/%m/%y %H:%M", "%d/%m/%Y %H.%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(format=AT, attrs={"class": "govuk-input--width-20"}),
        error_messages={"invalid": "Write the day and the time, for example 27/3/2026 14:30."},
    )
    place = forms.CharField(label="Where?", max_length=60, required=False)
    worker = forms.ModelChoiceField(User.objects.none(), label="Who saw the person?", empty_label=None)
    appointment = forms.ModelChoiceField(
        Appointment.objects.none(),
        widget=forms.HiddenInput,
        required=False,
        error_messages={"invalid_choice": "The planned session was written up or called off meanwhile."},
    )

    def __init__(self, *args, user, person, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["worker"].queryset = User.objects.visible_to(user).caseworkers()
        self.fields["appointment"].queryset = Appointment.objects.visible_to(user).filter(person=person)
        self.helper.add_input(Submit("another", "Save and log another", css_class="govuk-button--secondary"))
        self.helper.layout = Layout(
            Row("type", "outcome"), "note", Row("minutes", "at"), Row("place", "worker"), "appointment", "nonce"
        )


class Filter(forms.Form):
    type = forms.ModelChoiceField(ContactType.objects.all(), label="Kind", empty_label="All kinds", required=False)
    outcome = forms.ChoiceField(
        label="Outcome", choices=[("", "All outcomes"), *Contact.Outcome.choices], required=False
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="filter_%s", **kwargs)
