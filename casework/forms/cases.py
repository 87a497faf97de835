from django import forms
from django.utils import timezone

from casework.access import Permission, allows
from casework.forms.allocation import NOBODY, Opening
from casework.forms.base import Form, OnceForm
from casework.models import Case, Stage, Strand, Suspension
from casework.queries import caseload

DAY = "For example, 27/3/2026"


class OpenCase(Opening, OnceForm):
    called = "Opening of a case"
    save_text = "Open the case"
    field_order = ["opened_on"]

    opened_on = forms.DateField(label="When does the case open?", help_text=DAY)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        self.fields["opened_on"].initial = timezone.localdate()
        self.fields["worker"].initial = NOBODY if allows(user, Permission.ALLOCATE_CASE) else user.pk


class CloseCase(Form):
    called = "Closing of a case"
    save_text = "Close the case"

    reason = forms.ChoiceField(
        label="Why does the case close?",
        choices=Case.Close,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why the case closes"},
    )
    closed_on = forms.DateField(label="When did it close?", help_text=DAY)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["closed_on"].initial = timezone.localdate()


class Suspend(OnceForm):
    save_text = "Suspend the case"

    reason = forms.ChoiceField(
        label="Why does the work rest?",
        choices=Suspension.Reason,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why the work rests"},
    )
    from_on = forms.DateField(label="From which day?", help_text=DAY)
    note = forms.CharField(label="What else should colleagues know?", required=False, max_length=200)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["from_on"].initial = timezone.localdate()

    def clean(self):
        answers = super().clean()
        if answers.get("reason") == Suspension.Reason.OTHER and not answers.get("note"):
            self.add_error("note", "Say what the other reason is")
        return answers


class Resume(Form):
    save_text = "Resume the case"

    until_on = forms.DateField(label="When did the work resume?", help_text=DAY)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["until_on"].initial = timezone.localdate()


class BeginClosing(Form):
    save_text = "Begin closing"

    closing_from = forms.DateField(label="From which day is the case closing?", help_text=DAY)
    closing_why = forms.CharField(
        label="Why is it coming to its end?",
        help_text="For example: the plan is done, last session on Friday.",
        max_length=200,
        error_messages={"required": "Say why it is coming to its end"},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["closing_from"].initial = timezone.localdate()


STAGES = [(stage.value, stage.label) for stage in Stage if stage not in {Stage.REFERRED, Stage.CLOSED}]
STRANDS = [
    (caseload.CLINICAL, "Clinical, of any kind"),
    *((kind.value, kind.label) for kind in Strand.CLINICAL),
    (caseload.NO_CLINICAL, "No clinical strand"),
]


class CaseloadFilter(forms.Form):
    """Which cases to show. What the address does not say, or says wrongly, is the default."""

    worker = forms.ChoiceField(label="Held by", required=False)
    wing = forms.ChoiceField(label="Wing", required=False)
    stage = forms.ChoiceField(label="Stage", choices=[("", "All stages"), *STAGES], required=False)
    strand = forms.ChoiceField(label="Strand", choices=[("", "All strands"), *STRANDS], required=False)
    sort = forms.ChoiceField(
        choices=[(way + name, name) for name in caseload.SORTS for way in ("", "-")],
        required=False,
        widget=forms.HiddenInput,
    )
    after = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, asked, *, own, holders, wings):
        super().__init__({"worker": caseload.MINE if own else caseload.EVERYBODY, **asked.dict()})
        everybody = [
            (caseload.EVERYBODY, "Everybody"),
            (caseload.MINE, "Me, as keyworker or co-worker"),
            (caseload.NOBODY, "Nobody: not allocated"),
        ]
        self.fields["worker"].choices = [*everybody, *((str(one.pk), one.full_name) for one in holders)]
        self.fields["wing"].choices = [("", "All wings"), *((str(one.pk), one.name) for one in wings)]

    @property
    def chosen(self):
        """The arguments of ``caseload.page``."""
        self.is_valid()
        return {
            "worker": self.cleaned_data.get("worker") or caseload.EVERYBODY,
            "wing": self.cleaned_data.get("wing") or None,
            "stage": self.cleaned_data.get("stage") or None,
            "strand": self.cleaned_data.get("strand") or None,
            "sort": self.cleaned_data.get("sort") or "cell",
            "after": self.cleaned_data.get("after"),
        }
