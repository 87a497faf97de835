"""What the queue is narrowed by."""

from django import forms

from casework.models import Wing
from referrals.models import Referral


class Filter(forms.Form):
    wing = forms.ModelChoiceField(Wing.objects.none(), label="Wing", empty_label="All wings", required=False)
    urgency = forms.ChoiceField(label="Urgency", choices=[("", "Any"), *Referral.Urgency.choices], required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, auto_id="filter_%s", **kwargs)
        self.fields["wing"].queryset = Wing.objects.visible_to(user).current()
