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
    address = forms.CharField(label="Address", max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    opening = forms.CharField(
        label="When is somebody there?",
        help_text="Opening times, and what to do outside them. For example, Monday to Friday 9 to 5, Wednesday until 7",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AgencyPersonForm(VersionedForm):
    called = "Person at an agency"
    beside = "name"
    name = forms.CharField(label="What is the person’s full name?", max_length=120)
    post = forms.CharField(
        label="What is their post?", help_text="For example, release worker", max_length=120, required=False
    )
    phone = forms.CharField(
        label="Telephone",
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20"}),
    )
    email = forms.EmailField(label="Work e-mail address", required=False)
    is_contact = forms.BooleanField(
        label="This person is the single point of contact",
        help_text="Handovers are addressed to them, and sent to the shared mailbox. There is one: they take the place of another.",
        required=False,
    )


class BookFilter(forms.Form):
    search = forms.CharField(label="Name or area", max_length=60, required=False)
    kind = forms.ChoiceField(label="Kind", choices=[("", "All kinds"), *Agency.Kind.choices], required=False)


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
