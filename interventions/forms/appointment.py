from crispy_forms.layout import Layout, Row
from django import forms
from django.utils import timezone

from casework.forms.base import Form, OnceForm
from casework.forms.versioned import VersionedForm
from casework.models import Room, User
from interventions.forms.fields import Anyway, MinutesField, MomentField, TypeField, kinds, rooms, workers
from interventions.models import ContactType


class Plan(Anyway, OnceForm):
    save_text = "Plan the session"

    type = TypeField(ContactType.objects.none(), label="What kind of session?", empty_label=None)
    at = MomentField(label="When?")
    minutes = MinutesField()
    place = forms.CharField(label="Where?", max_length=60, required=False)
    room = forms.ModelChoiceField(Room.objects.none(), label="Which room?", empty_label="No room", required=False)
    worker = forms.ModelChoiceField(User.objects.none(), label="Who sees the person?", empty_label=None)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["type"].queryset = kinds()
        self.fields["room"].queryset = rooms(user)
        self.fields["worker"].queryset = workers(user)
        self.helper.layout = Layout(
            "type", Row("at", "minutes"), self._ask_anyway(), Row("room", "place"), "worker", "nonce"
        )


class Move(Anyway, VersionedForm):
    called = "Move of a session"
    save_text = "Move the session"

    at = MomentField(label="When?")
    minutes = MinutesField(required=True, help_text="")
    place = forms.CharField(label="Where?", max_length=60, required=False)
    room = forms.ModelChoiceField(Room.objects.none(), label="Which room?", empty_label="No room", required=False)
    worker = forms.ModelChoiceField(User.objects.none(), label="Who sees the person?", empty_label=None)
    why = forms.CharField(label="Why is it moved?", max_length=200)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["room"].queryset = rooms(self.user)
        self.fields["worker"].queryset = workers(self.user)
        self.helper.layout = Layout(
            Row("at", "minutes"), self._ask_anyway(), Row("room", "place"), "worker", "why", "version"
        )

    def said_by(self, row):
        return {**super().said_by(row), "at": timezone.localtime(row.at)}


class CallOff(Form):
    save_text = "Call it off"
    save_class = "govuk-button--warning"

    why = forms.CharField(label="Why will it not be held?", max_length=200)
