from django import forms

from casework.forms.base import Form, OnceForm
from casework.models import Restriction


class StaffField(forms.TypedMultipleChoiceField):
    """Some of the staff given to ``offer``; the answer is a list of accounts."""

    widget = forms.CheckboxSelectMultiple

    def offer(self, staff):
        accounts = {user.pk: user for user in staff}
        self.choices = [(user.pk, f"{user.full_name} ({user.get_role_display().lower()})") for user in staff]
        self.coerce = lambda key: accounts[int(key)]


def _named():
    return StaffField(
        label="Who may see this record?",
        help_text="Everybody else finds nothing: no name, no number, in no list. Name the keyworker, and a manager who can change this.",
        error_messages={"required": "Name at least one person who may see the record"},
    )


class Restrict(OnceForm):
    save_text = "Restrict the record"
    save_class = "govuk-button--warning"

    kind = forms.ChoiceField(
        label="Why is this record restricted?",
        choices=Restriction.Kind,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why the record is restricted"},
    )
    reason = forms.CharField(
        label="The reason in words",
        help_text="Only those who are named read it.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Give the reason in words"},
    )
    named = _named()

    def __init__(self, *args, staff, named, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["named"].offer(staff)
        self.fields["named"].initial = sorted(named)


class ChangeNamed(Form):
    save_text = "Save who is named"

    named = _named()
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, staff, named, **kwargs):
        super().__init__(*args, **kwargs)
        self.now = named
        self.fields["named"].offer(staff)
        self.fields["named"].initial = sorted(named)
        self.fields["seen"].initial = self.seen_now

    @property
    def seen_now(self):
        return ",".join(map(str, sorted(self.now)))

    def clean_seen(self):
        return [int(key) for key in self.cleaned_data["seen"].split(",") if key.isdecimal() and len(key) < 19]


class NameOneself(Form):
    save_text = "Name myself"

    reason = forms.CharField(
        label="Why do you need to see this record?",
        help_text="Whoever is named reads this, and it is in the audit trail that you did.",
        min_length=10,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Say why you need to see this record",
            "min_length": "Say in a few words why you need to see this record",
        },
    )


class Lift(Form):
    save_text = "Lift the restriction"
    save_class = "govuk-button--warning"

    reason = forms.CharField(
        label="Why is it lifted?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why the restriction is lifted"},
    )


class Filter(forms.Form):
    """Which restrictions to show. What the address does not say, or says wrongly, is the default."""

    show = forms.ChoiceField(
        label="Show", choices=[("open", "In force"), ("lifted", "Lifted")], required=False, initial="open"
    )

    def __init__(self, asked):
        super().__init__({"show": "open", **asked.dict()})

    @property
    def lifted(self):
        return self.is_valid() and self.cleaned_data["show"] == "lifted"
