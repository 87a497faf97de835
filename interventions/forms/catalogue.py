"""The catalogues of sessions, as an administrator keeps them."""

from django import forms

from casework.formats import reference
from casework.forms.versioned import VersionedForm


class TypeForm(VersionedForm):
    called = "Kind of session"
    beside = "name"

    name = forms.CharField(label="What is this kind of session called?", max_length=60)
    structured = forms.BooleanField(
        label="It is structured",
        help_text="Booked, and part of the recovery plan: only for people with an open case.",
        required=False,
    )
    counted = forms.BooleanField(
        label="It counts as an intervention",
        help_text="For example, a telephone call does not. Sessions that were recorded before count the same way.",
        required=False,
        initial=True,
    )
    usual_minutes = forms.IntegerField(
        label="How many minutes does it usually take?",
        min_value=1,
        max_value=480,
        initial=30,
        error_messages=dict.fromkeys(["min_value", "max_value"], "Minutes are between 1 and 480."),
    )
    ndtms = forms.ChoiceField(label="What does the national return (NDTMS) call it?", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        codes = [(code, f"{label} ({code})") for code, label in reference.interventions().items()]
        self.fields["ndtms"].choices = [("", "It is not sent"), *codes]


class TopicForm(VersionedForm):
    called = "Topic"
    beside = "name"

    name = forms.CharField(label="What is the topic called?", max_length=60)
