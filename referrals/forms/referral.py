"""The questions that a referral answers."""

from crispy_forms.layout import Layout, Row
from django import forms
from django.utils import timezone

from casework.forms.base import OnceForm
from referrals.models import Referral, Source
from referrals.queries import referral as referrals
from referrals.queries import waiting


class Make(OnceForm):
    save_text = "Make the referral"

    source = forms.ModelChoiceField(Source.objects.filter(ended_on=None), label="Where is it from?")
    referrer = forms.CharField(
        label="Who referred?",
        help_text="Name and post.",
        max_length=120,
        required=False,
    )
    received_on = forms.DateField(
        label="When was it received?", help_text="For example, 27/3/2026", initial=timezone.localdate
    )
    reason = forms.CharField(label="What is the reason?", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    urgency = forms.ChoiceField(
        label="How urgent is it?",
        choices=Referral.Urgency.choices,
        initial=Referral.Urgency.ORDINARY,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args, header, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [("", "Choose a source"), *referrals.sources()]
        if why := waiting.why_priority(header):
            self.fields["urgency"].initial = Referral.Urgency.PRIORITY
            self.fields["urgency"].widget.hints = {Referral.Urgency.PRIORITY: f"Suggested: {why}."}
        self.helper.layout = Layout(Row("source", "received_on"), "referrer", "reason", "urgency", "nonce")
