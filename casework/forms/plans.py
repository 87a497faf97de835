"""The questions of the recovery plan. The person gets the words of goals and actions on paper."""

from crispy_forms.layout import Layout, Row
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from casework.forms.base import Form, OnceForm
from casework.models import Action, Goal, Plan

DAY = "For example, 27/3/2026"


class Edit(forms.Form):
    """A form about a row that others may be changing: it carries the version that was seen."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class BeginPlan(OnceForm):
    save_text = "Begin the plan"

    begun_on = forms.DateField(label="On which day did you begin it together?", help_text=DAY)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["begun_on"].initial = timezone.localdate()


class _Goal(forms.Form):
    words = forms.CharField(
        label="What does the person want?",
        help_text="In the person’s own words. They are printed for the person, so name nobody else.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    area = forms.ChoiceField(label="What is it about?", choices=[("", "Choose one"), *Goal.Area.choices])


class AddGoal(OnceForm, _Goal):
    save_text = "Add the goal"


class ChangeGoal(Form, _Goal, Edit):
    save_text = "Save the goal"


class _Action(forms.Form):
    """Who does it is one question; the operation is told the owner, and the worker or the words for somebody else."""

    what = forms.CharField(
        label="What is to be done?",
        help_text="One step, in plain words, such as: See the housing officer. It is printed for the person.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    who = forms.ChoiceField(label="Who does it?")
    other = forms.CharField(
        label="If somebody else, who?",
        help_text="A post rather than a name, such as: the housing officer.",
        max_length=120,
        required=False,
    )
    due_on = forms.DateField(label="By when?", help_text=DAY)

    def __init__(self, *args, workers, **kwargs):
        super().__init__(*args, **kwargs)
        self.workers = {str(worker.pk): worker for worker in workers}
        team = [(key, worker.full_name) for key, worker in self.workers.items()]
        self.fields["who"].choices = [
            ("", "Choose who"),
            (Action.Owner.PERSON, Action.Owner.PERSON.label),
            (Action.Owner.WORKER.label, team),
            (Action.Owner.OTHER, Action.Owner.OTHER.label),
        ]

    def clean(self):
        answers = super().clean()
        who, other = answers.pop("who", None), answers.get("other", "")
        if who == Action.Owner.OTHER and not other and "other" not in self.errors:
            self.add_error("other", "Say who does it.")
        if who and who != Action.Owner.OTHER and other:
            self.add_error("other", "Choose “Somebody else” above, or leave this empty.")
        answers["worker"] = self.workers.get(who)
        answers["owner"] = Action.Owner.WORKER if answers["worker"] else who
        return answers


class AddAction(_Action, OnceForm):
    save_text = "Add the action"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout("what", Row("who", "other"), "due_on", "nonce")


class ChangeAction(_Action, Form, Edit):
    save_text = "Save the action"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout("what", Row("who", "other"), "due_on", "version")

    @staticmethod
    def said_by(action):
        """What ``action`` says, by the names of the fields."""
        who = action.worker_id or action.owner
        said = {name: getattr(action, name) for name in ["what", "other", "due_on", "version"]}
        return {**said, "who": str(who)}


class Agree(Form, Edit):
    save_text = "It is agreed"

    agreed_on = forms.DateField(label="On which day was it agreed?", help_text=DAY)
    how = forms.ChoiceField(
        label="How did the person agree?",
        choices=Plan.How.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how the person agreed"},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agreed_on"].initial = timezone.localdate()
        hint = "Keep a scan of it under Files."
        self.fields["how"].widget.hints = {Plan.How.SIGNED: hint}


class Discard(Form, Edit):
    save_text = "Throw the draft away"
    save_class = "govuk-button--warning"


class Grade(Form, Edit):
    save_text = "Save"

    outcome = forms.ChoiceField(
        label="How far was it reached?", choices=Goal.Outcome.choices, required=False, widget=forms.RadioSelect
    )
    outcome_on = forms.DateField(
        label="On which day was that seen?", help_text=f"{DAY}. Not needed while it is still open.", required=False
    )
    outcome_note = forms.CharField(label="Anything to add?", max_length=500, required=False)
    says_optional = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["outcome_on"].initial = timezone.localdate()

    def clean(self):
        answers = super().clean()
        if answers.get("outcome") and answers.get("outcome_on") is None and "outcome_on" not in self.errors:
            self.add_error("outcome_on", ValidationError("Say on which day that was seen."))
        return answers


class Review(OnceForm, Edit):
    """With a question for each open goal; ``outcomes`` is what was answered, key of the goal → outcome."""

    save_text = "Begin the next version"

    begun_on = forms.DateField(label="On which day did you review it together?", help_text=DAY)
    reviewed = forms.CharField(
        label="How has it gone since the plan was agreed?", max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args, goals, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["begun_on"].initial = timezone.localdate()
        self.goals = {f"goal_{goal.pk}": goal for goal in goals}
        for number, (name, goal) in enumerate(self.goals.items(), start=1):
            self.fields[name] = forms.ChoiceField(
                label=f"How far was goal {number} reached?",
                help_text=goal.words,
                choices=[(value, label) for value, label in Goal.Outcome.choices],
                required=False,
            )
        self.says_optional = False
        self.helper.layout = Layout("begun_on", "reviewed", *self.goals, "version", "nonce")

    def clean(self):
        answers = super().clean()
        outcomes = {goal.pk: answers.pop(name, "") for name, goal in self.goals.items()}
        return {**answers, "outcomes": outcomes}
