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

    source = forms.ModelChoiceField(
        Source.objects.current().exclude(code=Source.OFFERED_AGAIN), label="Where is it from?"
    )
    referrer = forms.CharField(
        label="Who referred?",
        help_text="Name and post.",
        max_length=120,
        required=False,
    )
    office = forms.CharField(
        label="Which office outside?",
        help_text="Only if it comes from outside, such as a court or a community team. For the rest, the cell is kept.",
        max_length=120,
        required=False,
    )
    received_on = forms.DateField(
        label="When was it received?", help_text="For example, 27/3/2026", initial=timezone.localdate
    )
    reason = forms.CharField(label="What is the reason?", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    wants = forms.MultipleChoiceField(
        label="What does the person want?",
        help_text="Choose all that were said.",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )
    signs = forms.MultipleChoiceField(
        label="Is any of this known?",
        help_text="Each makes it a priority.",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )
    urgency = forms.ChoiceField(
        label="How urgent is it?",
        choices=Referral.Urgency.choices,
        initial=Referral.Urgency.ORDINARY,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args, header, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [("", "Choose a source"), *referrals.sources()]
        self.fields["wants"].choices = referrals.wants()
        self.fields["signs"].choices = referrals.signs()
        if why := waiting.why_priority(header):
            self.fields["urgency"].initial = Referral.Urgency.PRIORITY
            self.fields["urgency"].widget.hints = {Referral.Urgency.PRIORITY: f"Suggested: {why}."}
        self.helper.layout = Layout(
            Row("source", "received_on"), Row("referrer", "office"), "reason", "wants", "signs", "urgency", "nonce"
        )

    def clean(self):
        """An office outside is kept of a referral from outside only."""
        source = self.cleaned_data.get("source")
        if source and self.cleaned_data.get("office") and source.group != Source.Group.EXTERNAL:
            self.add_error("office", f"“{source}” is not outside. Leave this empty, or choose another source.")
        return self.cleaned_data
