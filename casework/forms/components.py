from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout, Row, Submit
from django import forms


class Sample(forms.Form):
    surname = forms.CharField(label="What is the person’s surname?", max_length=60)
    seen_on = forms.DateField(
        label="When was the person seen?",
        help_text="For example, 27/3/2026",
        widget=forms.DateInput(),
    )
    minutes = forms.IntegerField(label="How many minutes did it take?", max_value=480)
    wing = forms.ChoiceField(
        label="Which wing?",
        choices=[("", "Choose a wing"), ("A", "A wing"), ("B", "B wing")],
    )
    urgency = forms.ChoiceField(
        label="How urgent is it?",
        choices=[("TODAY", "Today"), ("ROUTINE", "Routine")],
        widget=forms.RadioSelect,
    )
    attended = forms.ChoiceField(
        label="Did the person come?",
        choices=[("YES", "Yes"), ("NO", "No")],
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline govuk-radios--small"}),
    )
    topics = forms.MultipleChoiceField(
        label="What was talked about?",
        help_text="Choose all that apply.",
        choices=[
            ("ALCOHOL", "Alcohol"),
            ("HARM", "Harm reduction"),
            ("HOUSING", "Housing"),
        ],
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(label="What happened?", max_length=2000, widget=forms.Textarea)
    plan = forms.CharField(
        label="What comes next?",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    document = forms.FileField(
        label="Attach a letter",
        required=False,
        help_text="A PDF or a picture, 5 MB at most.",
    )
    password = forms.CharField(label="Your password", widget=forms.PasswordInput(attrs={"autocomplete": "off"}))
    agreed = forms.BooleanField(label="The person agreed to this", help_text="Signed or witnessed.")
    nonce = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["urgency"].widget.hints = {"TODAY": "Somebody has to see the person before lock-up."}
        self.helper = FormHelper()
        self.helper.cancel_url = "#"
        self.helper.add_input(Submit("save", "Save"))
        self.helper.add_input(Submit("draft", "Save as draft", css_class="govuk-button--secondary"))
        self.helper.layout = Layout(
            "surname",
            Row("seen_on", "minutes"),
            "wing",
            "urgency",
            "attended",
            Fieldset("What was done", "topics", "note", "plan", "document"),
            "password",
            "agreed",
            "nonce",
        )


class SampleFilter(forms.Form):
    name = forms.CharField(label="Name or number", required=False)
    wing = forms.ChoiceField(label="Wing", choices=[("", "All wings"), ("A", "A wing")], required=False)
    since = forms.DateField(label="Since", required=False)
