from crispy_forms.layout import Fieldset, Layout
from django import forms

from casework.forms.versioned import VersionedForm
from casework.models import Prison

# Section → (timer, what is asked, most). The usual period, which is the default, is shown under each.
DEADLINES = {
    "The front door": [
        ("triage_working_days", "A referral is triaged within how many working days?", 60),
        ("priority_working_days", "And a priority referral?", 60),
        ("reoffer_days", "After how many days is help offered again to somebody who declined?", 366),
        ("first_intervention_days", "Within how many days of the referral is a first intervention offered?", 366),
    ],
    "The work": [
        ("comprehensive_working_days", "The comprehensive assessment is done how many working days after triage?", 120),
        ("plan_review_days", "A plan is reviewed within how many days?", 366),
        ("clinical_first_review_days", "The first joint clinical review is how many days after the start?", 60),
        ("clinical_second_review_days", "And the second?", 120),
        ("clinical_review_weeks", "And then every how many weeks?", 52),
        ("write_up_hours", "A session is written up within how many hours?", 336),
    ],
    "The outcomes profile": [
        ("top_start_days", "The start profile is done within how many days of the start of treatment?", 120),
        ("top_review_from_days", "A review may be done from how many days after the last?", 366),
        ("top_review_until_days", "And is done by how many days after the last?", 732),
        ("top_exit_days", "The exit profile may be done how many days before leaving?", 120),
    ],
    "Release and sharing": [
        ("tell_community_days", "The handover is sent how many days before release?", 366),
        ("appointment_booked_days", "The appointment is booked how many days before release?", 366),
        ("appointment_within_days", "And is at most how many days after release?", 120),
        ("acknowledge_working_days", "An agency answers within how many working days?", 30),
        ("sharing_review_months", "A consent and a protocol hold for how many months?", 24),
    ],
    "Figures": [("monthly_return_day", "On which day of the next month is the monthly return due?", 28)],
}


class Deadlines(VersionedForm):
    save_text = "Save the deadlines"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for timer, question, most in [each for asked in DEADLINES.values() for each in asked]:
            said = {"min_value": "Give 1 or more.", "max_value": f"Give at most {most}."}
            self.fields[timer] = forms.IntegerField(
                label=question,
                help_text=f"Usually {Prison._meta.get_field(timer).default}.",
                min_value=1,
                max_value=most,
                error_messages={**said, "required": "Give a whole number.", "invalid": "Give a whole number."},
            )
        self.helper.layout = Layout(
            *(Fieldset(name, *(timer for timer, _, _ in asked)) for name, asked in DEADLINES.items()), "version"
        )

    def clean(self):
        given = super().clean()
        for early, late in [
            ("clinical_first_review_days", "clinical_second_review_days"),
            ("top_review_from_days", "top_review_until_days"),
            ("priority_working_days", "triage_working_days"),
        ]:
            if given.get(early) and given.get(late) and given[late] < given[early]:
                self.add_error(late if late != "triage_working_days" else early, _ORDER[late])
        return given


_ORDER = {
    "clinical_second_review_days": "The second review comes after the first.",
    "top_review_until_days": "The last day of a review comes after the first.",
    "triage_working_days": "A priority referral is triaged at least as soon as an ordinary one.",
}


class ChangePrison(VersionedForm):
    called = "Prison"
    name = forms.CharField(label="What is the prison called?", max_length=100)
    structured_minutes = forms.IntegerField(
        label="From how many minutes on is a one-to-one structured?",
        help_text="Shorter ones are counted as contacts only.",
        min_value=1,
        max_value=240,
        initial=20,
    )


class AddPrison(ChangePrison):
    save_text = "Add prison"
    code = forms.RegexField(
        r"^[A-Za-z]{2}[Ii]$",
        label="What is its code?",
        help_text="The three letters that prison systems use, such as LPI for Liverpool.",
        error_messages={"invalid": "Enter two letters and an I, such as LPI."},
        widget=forms.TextInput(attrs={"class": "govuk-input--width-3"}),
    )
    field_order = ["code"]

    def clean_code(self):
        return self.cleaned_data["code"].upper()
