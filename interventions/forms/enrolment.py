"""The questions about somebody in a programme."""

from django import forms

from casework.forms.base import Form, OnceForm
from casework.forms.versioned import VersionedForm
from interventions.formats import reasons
from interventions.models import Programme
from interventions.queries import enrolment as queries


def _note(label, *, required=False, **given):
    return forms.CharField(
        label=label, max_length=500, required=required, widget=forms.Textarea(attrs={"rows": 3}), **given
    )


class Propose(OnceForm):
    """``against``: key of each programme → what speaks against the person in it (``queries.enrolment.Check``)."""

    called = "Proposal for a programme"
    save_text = "Propose"

    programme = forms.ModelChoiceField(
        Programme.objects.none(),
        label="Which programme?",
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a programme.", "invalid_choice": "Choose a programme that is offered."},
    )
    suits_why = _note(
        "Why would it suit this person?",
        required=True,
        error_messages={"required": "Say in a few words why it would suit this person."},
    )

    def __init__(self, *args, user, against, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["programme"].queryset = Programme.objects.visible_to(user).current()
        self.fields["programme"].widget.hints = {
            str(key): f"Speaks against it: {' '.join(check.text for check in checks)}"
            for key, checks in against.items()
            if checks
        }


class ByNumber(Form):
    """Whom to propose, found by the number."""

    save_text = "Go on"
    drafted = False

    number = forms.CharField(
        label="Prison number",
        help_text="For example, A1234AA",
        max_length=20,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
        error_messages={"required": "Give the prison number."},
    )


class Step(Form):
    """A step of an enrolment that asks nothing but to be confirmed. ``version`` is what the page was made of."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, enrolment, user, **kwargs):
        self.enrolment, self.user = enrolment, user
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = enrolment.version


class Accept(Step):
    save_text = "Put on the waiting list"

    note = _note("What was decided, and why?", help_text="Needed where something speaks against it.")


class Allocate(Step):
    save_text = "Give the place"

    series = forms.ChoiceField(
        label="In which series?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a series.", "invalid_choice": "Choose a series of this programme."},
    )
    note = _note("Anything to note?", help_text="Needed where something speaks against it that was not known before.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.open = {str(row.pk): row for row in queries.with_places(self.enrolment.programme, self.user)}
        self.fields["series"].choices = [(key, _in_words(row)) for key, row in self.open.items()]

    @property
    def closed(self):
        """Whether no series goes on in which a place could be given."""
        return not self.open

    def clean_series(self):
        return self.open[self.cleaned_data["series"]]


class Start(Step):
    save_text = "Has begun"


class GiveBack(Step):
    save_text = "Give the place back"
    save_class = "govuk-button--warning"

    note = _note("Why?", required=True, error_messages={"required": "Say why."})


class Suspend(Step):
    save_text = "Suspend"

    note = _note("Why, and for how long?", required=True, error_messages={"required": "Say why."})


class Resume(Step):
    save_text = "Resume"


class Complete(Step):
    save_text = "Graduate"

    name = forms.CharField(
        label="Which name goes on the certificate?",
        help_text="As the person wants it. Nothing else about the person is printed.",
        max_length=160,
        error_messages={"required": "Give the name."},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.enrolment.programme.certificate:
            self.fields["name"].initial = self.enrolment.person.name
        else:
            del self.fields["name"]


class Stop(Step):
    save_text = "End it"
    save_class = "govuk-button--warning"

    reason = forms.ChoiceField(label="Why?", error_messages={"required": "Choose a reason."})
    note = _note("Anything to note?", help_text="Nothing about other people.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        kind = reasons.NOT_COMPLETED if self.enrolment.started_on else reasons.NOT_STARTED
        self.fields["reason"].choices = [("", "Choose a reason"), *reasons.choices(kind)]


class Rename(VersionedForm):
    save_text = "Save the name"

    name = Complete.base_fields["name"]


def _in_words(series):
    where = f", {series.room}" if series.room else ""
    places = f"{series.free} place{'' if series.free == 1 else 's'} free" if series.free else "full"
    return f"{series}, from {series.from_on:%-d %B %Y}, {series.regime_time}{where}: {places}"
