"""The questions about what was done."""

from crispy_forms.layout import Fieldset, Layout, Row, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from casework.forms.base import Form, OnceForm
from casework.models import Goal, Room, User
from interventions.forms.fields import Anyway, MinutesField, MomentField, TypeField, kinds, rooms, workers
from interventions.models import Appointment, Contact, ContactType
from interventions.operations.session import FUTURE
from interventions.queries import catalogue, session

SMALL = {"class": "govuk-checkboxes--small ww-columns"}


class GoalField(forms.ModelMultipleChoiceField):
    """Goals in the words of the person."""

    def label_from_instance(self, goal):
        return goal.words if len(goal.words) <= 120 else f"{goal.words[:120].rsplit(maxsplit=1)[0]} …"


class Log(Anyway, OnceForm):
    called = "Session"
    save_text = "Save"

    type = TypeField(ContactType.objects.none(), label="What kind of session?", empty_label=None)
    outcome = forms.ChoiceField(
        label="Did it take place?", choices=Contact.Outcome.choices, initial=Contact.Outcome.TOOK_PLACE
    )
    minutes = MinutesField()
    note = forms.CharField(label="What happened?", max_length=10000, required=False, widget=forms.Textarea)
    at = MomentField(label="When did it begin?")
    place = forms.CharField(label="Where?", max_length=60, required=False)
    worker = forms.ModelChoiceField(User.objects.none(), label="Who saw the person?", empty_label=None)
    topics = forms.MultipleChoiceField(
        label="What was talked about?", required=False, widget=forms.CheckboxSelectMultiple(attrs=SMALL)
    )
    goals = GoalField(
        Goal.objects.none(),
        label="Which goals of the plan were worked on?",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )
    next_at = MomentField(
        label="When is the next session?",
        help_text="Empty: none is planned now. For example, 27/3/2026 14:30",
        required=False,
    )
    next_room = forms.ModelChoiceField(
        Room.objects.none(), label="In which room?", empty_label="Where this one was", required=False
    )
    appointment = forms.ModelChoiceField(
        Appointment.objects.none(),
        widget=forms.HiddenInput,
        required=False,
        error_messages={"invalid_choice": "The planned session was written up or called off meanwhile."},
    )

    def __init__(self, *args, user, person, **kwargs):
        super().__init__(*args, **kwargs)
        goals, planned = session.goals(person, user), session.planned(person, user)
        self.fields["type"].queryset = kinds() | ContactType.objects.filter(pk__in=planned.order_by().values("type"))
        self.fields["worker"].queryset = workers(user)
        self.fields["next_room"].queryset = rooms(user)
        self.fields["topics"].choices = catalogue.topics()
        self.fields["goals"].queryset = goals
        self.fields["appointment"].queryset = Appointment.objects.visible_to(user).filter(person=person)
        if not (self.is_bound or self.offered):
            self.fields["type"].widget.attrs["autofocus"] = True  # After the menus: the first key answers a question.
        if not goals:
            del self.fields["goals"]
        self.helper.add_input(Submit("another", "Save and log another", css_class="govuk-button--secondary"))
        self.helper.layout = self._layout(["goals"] if goals else [])

    def clean_at(self):
        if self.cleaned_data["at"] > timezone.now():
            raise ValidationError(FUTURE)
        return self.cleaned_data["at"]

    def _layout(self, goals):
        return Layout(
            Row("type", "outcome"),
            "note",
            Row("minutes", "at"),
            Row("place", "worker"),
            "topics",
            *goals,
            Fieldset("The next session", Row("next_at", "next_room"), self._ask_anyway()),
            "appointment",
            "nonce",
        )


class Withdraw(Form):
    called = "Session to take back"
    save_text = "Take it back"
    save_class = "govuk-button--warning"

    why = forms.CharField(
        label="Why is it taken back?",
        help_text="For example: It was his cellmate. Leave out what is only about somebody else.",
        max_length=200,
    )


class Filter(forms.Form):
    type = forms.ModelChoiceField(ContactType.objects.all(), label="Kind", empty_label="All kinds", required=False)
    outcome = forms.ChoiceField(
        label="Outcome", choices=[("", "All outcomes"), *Contact.Outcome.choices], required=False
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="filter_%s", **kwargs)
