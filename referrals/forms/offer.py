"""What is asked when somebody who declined is offered again, and what the list is narrowed by."""

from django import forms
from django.utils import timezone

from casework.forms.base import OnceForm
from casework.models import Wing
from referrals.models import Offer
from referrals.queries import referral as referrals


class Answer(OnceForm):
    called = "Offer again"
    answer = forms.ChoiceField(
        label="What does the person say?", choices=Offer.Answer.choices, widget=forms.RadioSelect
    )
    asked_on = forms.DateField(
        label="When was the person asked?", help_text="For example, 27/3/2026", initial=timezone.localdate
    )
    note = forms.CharField(label="Anything to add?", max_length=200, required=False)
    wants = forms.MultipleChoiceField(
        label="What does the person want?",
        help_text="Only if the answer is yes.",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )

    def __init__(self, *args, prison, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["wants"].choices = referrals.wants()
        self.fields["answer"].widget.hints = {
            Offer.Answer.ACCEPTED: "A new referral is made, which waits for triage.",
            Offer.Answer.DECLINED: f"To be asked again in {prison.reoffer_days} days.",
            Offer.Answer.NEVER: "Taken off this list. The person may ask for us at any time.",
        }


class Filter(forms.Form):
    wing = forms.ModelChoiceField(Wing.objects.none(), label="Wing", empty_label="All wings", required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, auto_id="filter_%s", **kwargs)
        self.fields["wing"].queryset = Wing.objects.visible_to(user).current()
