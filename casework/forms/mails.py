from django import forms

from casework.models import Notice


class MailFilter(forms.Form):
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "All"), ("WAITING", "Waiting"), ("SENT", "Sent"), ("GIVEN_UP", "Given up")],
    )
    kind = forms.ChoiceField(label="What it says", required=False, choices=[("", "Anything"), *Notice.choices])
