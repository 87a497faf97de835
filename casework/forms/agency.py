from django import forms
from django.utils import timezone

from casework.forms.versioned import VersionedForm
from casework.models import Agency


class AgencyForm(VersionedForm):
    called = "Agency"
    beside = "name"
    name = forms.CharField(label="What is the agency called?", max_length=120)
    kind = forms.ChoiceField(
        label="What kind of agency is it?", choices=Agency.Kind, initial=Agency.Kind.DIP, widget=forms.RadioSelect
    )
    mailbox = forms.EmailField(label="Shared mailbox", help_text="Not the address of one person.", required=False)
    phone = forms.CharField(
        label="Telephone",
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20"}),
    )
    address = forms.CharField(label="Address", required=False, widget=forms.Textarea(attrs={"rows": 4}))


class AreaForm(VersionedForm):
    beside = "area"
    save_text = "Add area"
    area = forms.CharField(
        label="Which local authority?", max_length=60, widget=forms.TextInput(attrs={"class": "govuk-input--width-20"})
    )
    from_on = forms.DateField(
        label="From which day?",
        help_text="For example, 27/3/2026",
        initial=timezone.localdate,
        widget=forms.DateInput(),
    )
