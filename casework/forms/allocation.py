from django import forms

from casework.access import Permission, allows
from casework.forms.base import Form
from casework.operations.allocation import Move
from casework.queries import allocation

NOBODY = "NOBODY"
WHY_ANOTHER = "Needed only if you choose somebody else than suggested, or somebody who is full."


class WorkerField(forms.TypedChoiceField):
    """One of the workers given to ``offer``; the answer is the account, or None for NOBODY and where nothing was answered."""

    def __init__(self, **kwargs):
        super().__init__(empty_value=None, **kwargs)

    def offer(self, candidates, *first):
        self.accounts = {NOBODY: None, **{str(one.worker.pk): one.worker for one in candidates}}
        self.choices = [*first, *((one.worker.pk, one.label) for one in candidates)]
        self.coerce = lambda key: self.accounts[str(key)]


class SuggestedField(WorkerField):
    """Whom the page suggested when it was shown; None where it suggested nobody."""

    def __init__(self):
        super().__init__(required=False, widget=forms.HiddenInput)


class Holder(Form):
    """Who will hold a case, whom the product suggests (``suggestion``), and why it is somebody else, if it is."""

    worker = WorkerField(
        label="Who will hold the case?",
        help_text="The likeliest stand first: whoever worked with this person before, then who has most room.",
        error_messages={"required": "Choose who will hold the case"},
    )
    reason = forms.CharField(label="Why?", help_text=WHY_ANOTHER, required=False, max_length=200)
    suggested = SuggestedField()

    def __init__(self, *args, candidates, initial=None, **kwargs):
        self.suggestion = allocation.suggestion(candidates)
        suggested = self.suggestion and self.suggestion.worker.pk
        super().__init__(*args, initial={"suggested": suggested, **(initial or {})}, **kwargs)
        self.fields["worker"].offer(candidates, ("", "Choose a worker"))
        self.fields["suggested"].offer(candidates)

    def refuse(self, error, **fresh):
        """As any form does; the page says whom the product suggests now."""
        super().refuse(error, suggested=self.initial["suggested"], **fresh)


class Opening(Holder):
    """The same where a case opens: managers choose anybody, anybody else takes it himself or leaves it to a manager."""

    def __init__(self, *args, candidates, user, **kwargs):
        super().__init__(*args, candidates=candidates, **kwargs)
        worker = self.fields["worker"]
        if allows(user, Permission.ALLOCATE_CASE):
            worker.offer(candidates, (NOBODY, "Nobody yet"))
        else:
            worker.help_text, worker.widget = "", forms.RadioSelect()
            worker.choices = [(user.pk, "I will"), (NOBODY, "Nobody yet: a manager will allocate it")]


class Allocate(Holder):
    called = "Allocation"
    save_text = "Allocate"

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, held, **kwargs):
        """``held``: the present allocation, if there is one."""
        super().__init__(*args, initial={"seen": held and held.pk}, **kwargs)
        if held is None:
            self.fields["worker"].initial = self.initial["suggested"]


class AddCoWorker(Form):
    save_text = "Add the co-worker"

    worker = WorkerField(
        label="Who works beside the keyworker?", error_messages={"required": "Choose who will be co-worker"}
    )
    reason = forms.CharField(label="What for?", required=False, max_length=200)

    def __init__(self, *args, candidates, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["worker"].offer(candidates, ("", "Choose a worker"))


class Reallocate(Form):
    """The cases of one worker, each with a tick and its new worker. ``spread``: what the product proposes.

    The rows that the user saw are named by ``seen``. Those that others moved since are gone from the page, and he is told.
    """

    reason = forms.CharField(
        label="Why do these cases move?",
        help_text="For example: leaves the team, or: on leave until 4 January.",
        max_length=100,
        error_messages={"required": "Say why these cases move"},
    )
    override = forms.CharField(
        label="If you chose somebody else than proposed, or somebody who is full: why?", required=False, max_length=95
    )

    def __init__(self, data=None, *, spread, **kwargs):
        self.spread, self.seen = spread, data.getlist("seen") if data else []
        super().__init__(self._with_new_rows(data) if data else None, **kwargs)
        if spread.away_until:
            self.fields["reason"].initial = f"Away until {spread.away_until:%-d %B %Y}"
        for proposal in spread.proposals:
            self._add_row(proposal)
        if spread.beside:
            label = f"Take {spread.worker} off the {_cases(len(spread.beside))} where they are co-worker"
            self.fields["leave_co_work"] = forms.BooleanField(label=label, required=False)

    def _with_new_rows(self, data):
        """What was sent; a case that came to the worker since is proposed as on a new page."""
        data = data.copy()
        for proposal in self.spread.proposals:
            if str(proposal.key) not in self.seen:
                suggested = proposal.suggested.worker.pk if proposal.suggested else ""
                names = self._names(proposal)
                data.update(dict(zip(names, ["on", suggested, suggested], strict=True)))
        return data

    @staticmethod
    def _names(proposal):
        return [f"{part}_{proposal.key}" for part in ("take", "to", "was")]

    def _add_row(self, proposal):
        take, to, was = self._names(proposal)
        person, suggested = proposal.case.person, proposal.suggested and proposal.suggested.worker.pk
        self.fields[take] = forms.BooleanField(label=person.name, required=False, initial=True)
        self.fields[to] = WorkerField(label=f"New worker of {person.name}", required=False)
        self.fields[to].offer(proposal.candidates, ("", "Choose a worker"))
        self.fields[was] = SuggestedField()
        self.fields[was].offer(proposal.candidates)
        self.fields[to].initial = self.fields[was].initial = suggested

    @property
    def rows(self):
        """Each proposal with its two fields and the hidden one."""
        for proposal in self.spread.proposals:
            yield {
                "proposal": proposal,
                **dict(zip(("take", "to", "was"), map(self.__getitem__, self._names(proposal)), strict=True)),
            }

    @property
    def gone(self):
        """Keys of rows that the user saw and that are the worker's no more."""
        return {int(key) for key in self.seen if key.isdecimal()} - {proposal.key for proposal in self.spread.proposals}

    def tell_of(self, moved):
        """Somebody else moved cases that the user saw here: he looks at what is left before anything is saved."""
        said = "Somebody else moved cases while you had the page open, and they are no longer in the list: {}. Look, then save again."
        self.add_error(None, said.format(", ".join(moved)))

    @property
    def taken(self):
        """The ticked rows: (proposal, who holds the case now, who was proposed)."""
        rows = [(each, *(self.cleaned_data.get(name) for name in self._names(each))) for each in self.spread.proposals]
        return [(proposal, to, was) for proposal, take, to, was in rows if take]

    @property
    def answers(self):
        """What the operation is to do."""
        return {
            "moves": [Move(proposal.key, to, was) for proposal, to, was in self.taken],
            "reason": self.cleaned_data["reason"],
            "override": self.cleaned_data["override"],
            "leave_co_work": self.cleaned_data.get("leave_co_work", False),
        }

    def clean(self):
        answers = super().clean()
        taken = self.taken
        if not taken and not answers.get("leave_co_work"):
            raise forms.ValidationError("Tick at least one case.")
        for proposal, to, _ in taken:
            name = f"to_{proposal.key}"
            if to is None and name not in self.errors:
                self.add_error(name, f"Choose who will hold the case of {proposal.case.person.name}")
        if not answers.get("override"):
            self._ask_why(taken)
        return answers

    def _ask_why(self, taken):
        others = [proposal.case.person.name for proposal, to, was in taken if to and was and to != was]
        if others:
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            self.add_error("override", f"For {others[0]}{more} you chose somebody else than proposed. Say why.")
            return
        given = {}
        for _, to, _ in taken:
            if to:
                given[to] = given.get(to, 0) + 1
        for worker, count in given.items():
            if worker.held + count > worker.capacity:
                said = f"{worker} would hold {worker.held + count} cases of {worker.capacity}. Say why."
                self.add_error("override", said)
                return


def _cases(count):
    return f"{count} case" if count == 1 else f"{count} cases"
