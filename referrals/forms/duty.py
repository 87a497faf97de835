"""What a duty worker is asked about a referral that waits."""

from django import forms
from django.utils import timezone

from casework.forms.base import OnceForm
from referrals.models import Attempt as Visit
from referrals.models import Hold as Rest


class Attempt(OnceForm):
    called = "Went to see"
    outcome = forms.ChoiceField(label="Was the person seen?", choices=Visit.Outcome.choices, widget=forms.RadioSelect)
    on = forms.DateField(label="When did you go?", help_text="For example, 27/3/2026", initial=timezone.localdate)
    note = forms.CharField(
        label="Anything to add?", help_text="A few words for whoever goes next.", max_length=200, required=False
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        hint = "What comes of it is recorded as the triage; until then the referral stays yours."
        self.fields["outcome"].widget.hints = {Visit.Outcome.SEEN: hint}


class Hold(OnceForm):
    called = "On hold"
    save_text = "Put it on hold"

    reason = forms.ChoiceField(label="Why does it rest?", choices=Rest.Reason.choices, widget=forms.RadioSelect)
    until_on = forms.DateField(
        label="On which day does it come back?", help_text="For example, 27/3/2026. It comes back by itself."
    )
    note = forms.CharField(label="Anything to add?", max_length=200, required=False)
