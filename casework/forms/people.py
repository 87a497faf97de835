from django import forms

from casework.formats import names, reference
from casework.forms.base import Form
from casework.forms.versioned import VersionedForm
from casework.models import Person


class Find(Form):
    save_text = "Find"
    drafted = False

    text = forms.CharField(
        label="Name or prison number",
        help_text="The beginning is enough, and names may come in any order: “O’Brien”, “sean obr”, or A1234BC."
        " A date of birth helps where the spelling is not sure: “smyth 4/3/1985”.",
        max_length=80,
        widget=forms.TextInput(
            attrs={"class": "govuk-!-width-two-thirds", "autocomplete": "off", "spellcheck": "false"}
        ),
        error_messages={"required": "Type a name or a prison number"},
    )

    def clean_text(self):
        if not names.search_words(self.cleaned_data["text"]):
            raise forms.ValidationError("Type some letters of a name, or a prison number")
        return self.cleaned_data["text"]


class EditPerson(VersionedForm):
    called = "Corrected details"

    forenames = forms.CharField(label="Forenames", max_length=80, error_messages={"required": "Give the forenames"})
    surname = forms.CharField(label="Surname", max_length=60, error_messages={"required": "Give the surname"})
    date_of_birth = forms.DateField(label="Date of birth", help_text="For example, 27/3/1985", required=False)
    sex = forms.ChoiceField(label="Sex", choices=Person.Sex, widget=forms.RadioSelect)
    ethnicity = forms.ChoiceField(label="Ethnicity", required=False)
    pnc = forms.CharField(
        label="PNC number",
        help_text="For example, 2008/0056560Z. A number whose letter does not fit is kept and flagged.",
        max_length=16,
        required=False,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
    )
    cro = forms.CharField(
        label="CRO number",
        help_text="For example, 265416/21G. A number whose letter does not fit is kept and flagged.",
        max_length=16,
        required=False,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
    )
    FIELDS = ["forenames", "surname", "date_of_birth", "sex", "ethnicity", "pnc", "cro"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        person = self.row
        known = reference.ethnicities()
        kept = {person.ethnicity: person.ethnicity} if person.ethnicity not in known else {}
        self.fields["ethnicity"].choices = [("", "Not known"), *{**kept, **known}.items()]
        self.fields["ethnicity"].choices = [pair for pair in self.fields["ethnicity"].choices if pair[0] or pair[1]]

    def said_by(self, row):
        return {name: getattr(row, name) for name in [*self.FIELDS, "version"]}

    def clean(self):
        for name in {"surname", "forenames"} & self.cleaned_data.keys():
            if not names.fold(self.cleaned_data[name]):
                self.add_error(name, f"The {name} must have letters in it")
