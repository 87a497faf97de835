"""What the administrator says of a protocol."""

from django import forms
from django.utils import timezone

from casework.formats import dates
from casework.forms.versioned import VersionedForm
from casework.models import Agency
from partners.models import Protocol

DAY = {"help_text": "For example, 27/3/2026", "widget": forms.DateInput(format="%d/%m/%Y")}
NOTHING_AFTER = (
    "Nothing passes after this day, unless the protocol is renewed. Both sides are told four weeks and one week before."
)


class Says(VersionedForm):
    """What every form about a protocol asks."""

    called = "Protocol"
    purpose = forms.CharField(
        label="What is shared, and what for?", max_length=200, widget=forms.Textarea(attrs={"rows": 3})
    )
    items = forms.MultipleChoiceField(
        label="What may pass under it?",
        help_text="Nothing else does, whoever asks. People must agree as well.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
    )
    basis = forms.ChoiceField(
        label="On which lawful basis?",
        choices=Protocol.Basis,
        initial=Protocol.Basis.PUBLIC_TASK,
        widget=forms.RadioSelect,
    )
    review_on = forms.DateField(label="When is it reviewed?", **{**DAY, "help_text": NOTHING_AFTER})
    signed_by_us = forms.CharField(label="Who signed it for us?", max_length=120)
    signed_by_them = forms.CharField(label="Who signed it for the agency?", max_length=120)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        agency = self.row and self.row.agency
        self.fields["items"].choices = [
            (name, [(item.value, item.label) for item in items])
            for name, items in _groups().items()
            if agency is None or (name == DEPARTMENTS) == agency.is_department
        ]


DEPARTMENTS = "From a department of the prison, to us"


def _groups():
    shared = [item for item in Protocol.Item if item in Protocol.SHARED]
    return {
        "To the agency": [item for item in shared if item.startswith("OUT_")],
        "To us": [item for item in shared if item.startswith("IN_")],
        DEPARTMENTS: Protocol.TOLD,
    }


class Agree(Says):
    """A protocol with an agency that has none."""

    save_text = "Add protocol"
    beside = "agency"
    agency = forms.ModelChoiceField(
        Agency.objects.none(), label="Which agency is it with?", empty_label="Choose an agency"
    )
    starts_on = forms.DateField(label="From which day?", initial=timezone.localdate, **DAY)
    field_order = ["agency", "purpose", "items", "basis", "starts_on", "review_on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = Agency.objects.visible_to(self.user).current()

    def clean(self):
        answers = super().clean()
        if answers.get("starts_on") and answers.get("review_on") and answers["review_on"] <= answers["starts_on"]:
            self.add_error("review_on", "Enter a day after the start.")
        return answers


class Change(Says):
    """Another wording, or less: what holds longer is a renewal."""

    save_text = "Save the protocol"


class Renew(Says):
    """What follows a protocol; it begins with what that one said, but for who signed."""

    called = "Renewal of a protocol"
    save_text = "Renew protocol"

    def said_by(self, row):
        until = dates.months_after(max(row.review_on, timezone.localdate()), 12)
        return {**super().said_by(row), "review_on": until, "signed_by_us": "", "signed_by_them": ""}
