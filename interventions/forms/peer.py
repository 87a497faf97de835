"""The questions about peer supporters."""

from datetime import timedelta

from crispy_forms.layout import Layout, Row
from django import forms
from django.utils import timezone

from casework.forms.base import Form, OnceForm
from casework.forms.versioned import VersionedForm
from casework.models import User, Wing

DAY = "For example, 27/3/2026"
AGAIN = timedelta(days=14)  # how long until the next supervision, unless somebody says otherwise


class OnADay(Form):
    """What happened on a day: today unless somebody says otherwise."""

    on = forms.DateField(label="When?", help_text=DAY)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = timezone.localdate()


class PutForward(OnceForm):
    save_text = "Put forward"

    proposed_on = forms.DateField(label="When is the person put forward?", help_text=DAY)
    supervised_by = forms.ModelChoiceField(User.objects.none(), label="Who will supervise them?", empty_label=None)
    note = forms.CharField(label="Why would they do this well?", required=False, max_length=200)

    def __init__(self, *args, workers, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["supervised_by"].queryset = workers
        self.fields["supervised_by"].initial = user.pk
        self.fields["proposed_on"].initial = timezone.localdate()


class Clear(OnADay):
    save_text = "Save: cleared by security"

    said_by = forms.CharField(
        label="Who in security said so?",
        help_text="Name and role, for example: SO Sample, security",
        max_length=120,
        error_messages={"required": "Say who in security said so"},
    )


class Train(OnADay):
    save_text = "Save: trained"


class Begin(OnADay):
    save_text = "Begin"

    wings = forms.ModelMultipleChoiceField(
        Wing.objects.none(),
        label="Which wings do they cover?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose one wing at least"},
    )
    supervision_due = forms.DateField(label="When is the first supervision?", help_text=DAY)

    def __init__(self, *args, wings, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["wings"].queryset = wings
        self.fields["supervision_due"].initial = timezone.localdate() + AGAIN


class Change(VersionedForm):
    supervised_by = forms.ModelChoiceField(User.objects.none(), label="Who supervises them?", empty_label=None)
    supervision_due = forms.DateField(label="When is the next supervision?", help_text=DAY, required=False)
    wings = forms.ModelMultipleChoiceField(
        Wing.objects.none(),
        label="Which wings do they cover?",
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args, wings, workers, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["wings"].queryset = wings
        self.fields["supervised_by"].queryset = workers

    def said_by(self, row):
        covered = list(row.wings.filter(until_on=None).values_list("wing", flat=True))
        return {"supervised_by": row.supervised_by_id, "supervision_due": row.supervision_due, "wings": covered}


class Suspend(OnADay):
    save_text = "Suspend"
    save_class = "govuk-button--warning"

    why = forms.CharField(label="Why?", help_text="What happened, in a line.", max_length=200)


class ComeBack(OnADay):
    save_text = "Let them go on"

    note = forms.CharField(label="What was settled?", required=False, max_length=200)


class Stop(OnADay):
    save_text = "Stop"
    save_class = "govuk-button--warning"

    why = forms.CharField(label="Why?", max_length=200)


class Supervise(OnceForm):
    save_text = "Record the supervision"

    on = forms.DateField(label="When was it?", help_text=DAY)
    note = forms.CharField(label="What was talked about?", max_length=2000, widget=forms.Textarea)
    next_on = forms.DateField(label="When is the next one?", help_text=DAY)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = timezone.localdate()
        self.fields["next_on"].initial = timezone.localdate() + AGAIN
        self.helper.layout = Layout("note", Row("on", "next_on"), "nonce")
