"""The questions about the catalogue of programmes."""

from crispy_forms.layout import Layout, Row
from django import forms

from casework.forms.base import Form
from casework.forms.versioned import VersionedForm
from casework.models import User, Wing
from interventions.queries import enrolment as enrolments

RANGE = "Give a whole number from {} to {}, or nothing."


def _number(label, help_text, most):
    said = dict.fromkeys(["min_value", "max_value", "invalid"], RANGE.format(1, most))
    return forms.IntegerField(
        label=label, help_text=help_text, min_value=1, max_value=most, required=False, error_messages=said
    )


class ProgrammeForm(VersionedForm):
    called = "Programme"
    beside = "name"

    name = forms.CharField(label="What is it called?", max_length=80)
    told = forms.CharField(
        label="What is it, in easy words?",
        help_text="As you would say it to somebody on the landing.",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    suits = forms.CharField(
        label="Whom does it suit?", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    sessions = _number("How many sessions has it?", "Empty: it goes on, like a weekly meeting.", 200)
    needed = _number("How many must somebody attend to complete it?", "Empty: all of them.", 200)
    weeks = _number("How many weeks does it take?", "Who may be released sooner is pointed out.", 104)
    capacity = forms.IntegerField(
        label="How many people at most?",
        min_value=1,
        max_value=60,
        initial=10,
        error_messages=dict.fromkeys(["min_value", "max_value", "invalid"], "Give a whole number from 1 to 60."),
    )
    certificate = forms.BooleanField(label="Those who complete it get a certificate", required=False)
    remand = forms.BooleanField(label="People on remand can take part", required=False, initial=True)
    link_worker = forms.ModelChoiceField(
        User.objects.none(), label="Who is the link worker?", required=False, empty_label="Nobody in particular"
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["link_worker"].queryset = User.objects.visible_to(self.user).caseworkers()
        self.helper.render_hidden_fields = True
        self.helper.layout = Layout(
            "name",
            "told",
            "suits",
            Row("sessions", "needed"),
            Row("weeks", "capacity"),
            "certificate",
            "remand",
            "link_worker",
        )

    def clean(self):
        answers = super().clean()
        if answers.get("needed") and answers.get("sessions") and answers["needed"] > answers["sessions"]:
            self.add_error("needed", "Nobody can attend more sessions than there are.")
        return answers


class Wings(Form):
    save_text = "Save the wings"

    wings = forms.ModelMultipleChoiceField(
        Wing.objects.none(), label="Which wings have it?", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, user, covered, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["wings"].queryset = Wing.objects.visible_to(user).current()
        self.fields["wings"].initial = covered


class Filter(forms.Form):
    """What the list of a programme shows. What the address does not say, or says wrongly, is the default."""

    show = forms.ChoiceField(
        label="Show",
        choices=[
            ("waiting", "Proposed and waiting"),
            ("taking-part", "Have a place"),
            ("completed", "Completed"),
            ("ended", "Ended otherwise"),
        ],
        required=False,
    )
    wing = forms.ModelChoiceField(Wing.objects.none(), label="Wing", empty_label="All wings", required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, auto_id="filter_%s", **kwargs)
        self.fields["wing"].queryset = Wing.objects.visible_to(user).current()

    @property
    def chosen(self):
        self.is_valid()
        show = self.cleaned_data.get("show")
        return {"show": show if show in enrolments.SHOWN else "waiting", "wing": self.cleaned_data.get("wing")}
