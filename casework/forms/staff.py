from django import forms

from casework.access import Role
from casework.forms.versioned import VersionedForm
from casework.models import User, Wing

ROLES = [(role.value, role.label) for role in [Role.KEYWORKER, Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR]]
EMPLOYERS = [(User.Employer.CHARITY.value, "The charity"), (User.Employer.PRISON.value, "The prison service")]
HINTS = {
    "KEYWORKER": "Works with people: referrals, cases, sessions, handovers.",
    "MANAGER": "The same, and allocates cases, imports rolls and asks for figures.",
    "ADMINISTRATOR": "Keeps these settings and imports rolls. Sees nobody’s record.",
    "AUDITOR": "Reads the audit trail and the figures.",
}


class PartnerForm(VersionedForm):
    """What every account has."""

    called = "Account"
    beside = "username"
    full_name = forms.CharField(label="What is the person’s full name?", max_length=120)
    email = forms.EmailField(label="Work e-mail address", required=False)


class LeadForm(PartnerForm):
    """A partner's account, in the hands of an administrator."""

    is_lead = forms.BooleanField(
        label="This person keeps the accounts of their agency",
        help_text="Makes and deactivates accounts of colleagues, and resets their passwords and codes.",
        required=False,
    )


class StaffForm(PartnerForm):
    employer = forms.ChoiceField(label="Who employs the person?", choices=EMPLOYERS, widget=forms.RadioSelect)
    role = forms.ChoiceField(label="What is the person’s role?", choices=ROLES, widget=forms.RadioSelect)
    capacity = forms.IntegerField(
        label="How many cases can the person hold?",
        help_text="Whoever holds as many is suggested last for another. 0: none.",
        min_value=0,
        max_value=200,
        initial=User._meta.get_field("capacity").default,
    )
    duties = forms.MultipleChoiceField(
        choices=User.Duty,
        label="What else does the person do?",
        help_text="Managers do both.",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )
    wings = forms.ModelMultipleChoiceField(
        Wing.objects.none(),
        label="Which wings does the person cover?",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["wings"].queryset = Wing.objects.visible_to(self.user).current()
        self.fields["role"].widget.hints = HINTS
        if self.row == self.user:  # Nobody changes his own role.
            del self.fields["role"]

    def said_by(self, row):
        return {**super().said_by(row), "wings": [cover.wing_id for cover in row.wing_cover.filter(ended_on=None)]}


class _WithUserName(forms.Form):
    username = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9._-]{2,59}$",
        label="What shall the user name be?",
        help_text="At least three letters or digits; dots, dashes and underscores too. For example, sam.testerton",
        error_messages={"invalid": "Use three or more letters, digits, dots, dashes and underscores, and no spaces."},
        widget=forms.TextInput(
            attrs={"class": "govuk-input--width-20", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def clean_username(self):
        return self.cleaned_data["username"].lower()


class CreateStaff(StaffForm, _WithUserName):
    save_text = "Create account"
    field_order = ["full_name", "username"]


class CreateColleague(PartnerForm, _WithUserName):
    save_text = "Create account"
    field_order = ["full_name", "username"]


class CreatePartner(LeadForm, _WithUserName):
    save_text = "Create account"
    field_order = ["full_name", "username"]


class StaffFilter(forms.Form):
    role = forms.ChoiceField(label="Role", choices=[("", "All roles"), *ROLES], required=False)


class AbsenceForm(VersionedForm):
    save_text = "Add days away"
    from_on = forms.DateField(label="First day away", help_text="For example, 27/3/2026", widget=forms.DateInput())
    until_on = forms.DateField(label="Last day away", help_text="The same day, if it is one.", widget=forms.DateInput())

    def clean(self):
        answers = super().clean()
        if answers.get("from_on") and answers.get("until_on") and answers["until_on"] < answers["from_on"]:
            self.add_error("until_on", "Enter the first day away or a later one.")
        return answers
