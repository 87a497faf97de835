from django import forms

from casework.forms.versioned import VersionedForm


class ChangePrison(VersionedForm):
    called = "Prison"
    name = forms.CharField(label="What is the prison called?", max_length=100)
    triage_working_days = forms.IntegerField(
        label="In how many working days is a referral triaged?", min_value=1, max_value=60, initial=5
    )
    priority_working_days = forms.IntegerField(
        label="And a priority referral?", help_text="In working days.", min_value=0, max_value=60, initial=1
    )
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
