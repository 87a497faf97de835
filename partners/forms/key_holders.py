"""What is said of somebody who carries keys."""

from django import forms

from casework.access import Role
from casework.forms.base import OnceForm
from casework.forms.versioned import VersionedForm
from casework.models import Agency, User
from partners.models import KeyHolder

DAY = {"invalid": "Write a day, for example 27/3/2026."}


class Keys(VersionedForm):
    """A key-holder (``row``), or what a new one is asked besides his agency."""

    called = "Key-holder"
    beside = "name"

    name = forms.CharField(label="Name", max_length=120)
    user = forms.ModelChoiceField(
        User.objects.none(),
        label="His or her account here",
        help_text="With it the visitor writes down wing visits without the team.",
        empty_label="None",
        required=False,
    )
    keys = forms.MultipleChoiceField(
        label="Which keys?", choices=KeyHolder.Keys, widget=forms.CheckboxSelectMultiple, required=False
    )
    vetted_until = forms.DateField(
        label="Vetted until", help_text="For example, 27/3/2026", widget=forms.DateInput(), error_messages=DAY
    )
    key_talk_until = forms.DateField(
        label="Key talk until", help_text="For example, 27/3/2026", widget=forms.DateInput(), error_messages=DAY
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        accounts = User.objects.visible_to(self.user).active().filter(role=Role.PARTNER).select_related("agency")
        accounts = accounts.filter(agency=self.row.agency_id) if self.row else accounts.order_by("agency__name", "pk")
        self.fields["user"].queryset = accounts
        self.fields["user"].label_from_instance = lambda user: f"{user} ({user.agency})"


class Add(Keys, OnceForm):
    save_text = "Add key-holder"

    agency = forms.ModelChoiceField(Agency.objects.none(), label="Agency", empty_label="Choose an agency")
    field_order = ["agency"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        visitors = Agency.objects.visible_to(self.user).current().exclude(kind__in=Agency.INWARD)
        self.fields["agency"].queryset = visitors
