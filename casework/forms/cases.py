from django import forms
from django.utils import timezone

from casework.forms.base import Form, OnceForm
from casework.models import Case
from casework.queries import caseload

NOBODY = "NOBODY"


class WorkerField(forms.TypedChoiceField):
    """One of the workers given to ``offer``; the answer is the account, or None for NOBODY."""

    def offer(self, candidates, *first):
        self.accounts = {NOBODY: None, **{str(one.worker.pk): one.worker for one in candidates}}
        self.choices = [*first, *((one.worker.pk, one.label) for one in candidates)]
        self.coerce = lambda key: self.accounts[str(key)]


class OpenCase(OnceForm):
    """Managers choose who holds the case; anybody else takes it himself or leaves it to a manager."""

    called = "Opening of a case"
    save_text = "Open the case"

    opened_on = forms.DateField(label="When does the case open?", help_text="For example, 27/3/2026")
    worker = WorkerField(label="Who will hold it?", error_messages={"required": "Choose who will hold it"})

    def __init__(self, *args, candidates, himself=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["opened_on"].initial = timezone.localdate()
        worker = self.fields["worker"]
        worker.offer(candidates, (NOBODY, "Nobody yet"))
        if himself:
            worker.choices = [(himself.pk, "I will"), (NOBODY, "Nobody yet: a manager will allocate it")]
            worker.widget, worker.initial = forms.RadioSelect(choices=worker.choices), himself.pk


class Allocate(Form):
    called = "Allocation"
    save_text = "Allocate"

    worker = WorkerField(
        label="Who will hold the case?",
        help_text="Whoever worked with this person before stands first, then by how many cases each holds.",
        error_messages={"required": "Choose who will hold the case"},
    )
    reason = forms.CharField(label="Why?", required=False, max_length=200)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, candidates, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["worker"].offer(candidates, ("", "Choose a worker"))


class CloseCase(Form):
    called = "Closing of a case"
    save_text = "Close the case"

    reason = forms.ChoiceField(
        label="Why does the case close?",
        choices=Case.Close,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why the case closes"},
    )
    closed_on = forms.DateField(label="When did it close?", help_text="For example, 27/3/2026")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["closed_on"].initial = timezone.localdate()


class CaseloadFilter(forms.Form):
    """Which cases to show. What the address does not say, or says wrongly, is the default."""

    worker = forms.ChoiceField(label="Held by", required=False)
    wing = forms.ChoiceField(label="Wing", required=False)
    sort = forms.ChoiceField(
        choices=[(way + name, name) for name in caseload.SORTS for way in ("", "-")],
        required=False,
        widget=forms.HiddenInput,
    )
    after = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, asked, *, own, holders, wings):
        super().__init__({"worker": own or caseload.EVERYBODY, **asked.dict()})
        everybody = [(caseload.EVERYBODY, "Everybody"), (caseload.NOBODY, "Nobody: not allocated")]
        self.fields["worker"].choices = [*everybody, *((str(one.pk), one.full_name) for one in holders)]
        self.fields["wing"].choices = [("", "All wings"), *((str(one.pk), one.name) for one in wings)]

    @property
    def chosen(self):
        """The arguments of ``caseload.page``."""
        self.is_valid()
        return {
            "worker": self.cleaned_data.get("worker") or caseload.EVERYBODY,
            "wing": self.cleaned_data.get("wing") or None,
            "sort": self.cleaned_data.get("sort") or "cell",
            "after": self.cleaned_data.get("after"),
        }
