"""Forms made from the data of questionnaires."""

from datetime import datetime

from crispy_forms.layout import Div, Fieldset, Layout, Row
from django import forms
from django.utils import timezone

from casework.forms.assessments import SMALL
from casework.forms.base import OnceForm
from casework.models import Score

TOLD = [
    (Score.SaferCustody.TOLD, "Yes"),
    (Score.SaferCustody.NOT_TOLD, "No"),
]


class Ask(OnceForm):
    """All items of one questionnaire. What may be left out only the rules of scoring know, so that nothing is required here."""

    save_text = "Save and score"
    called = "Questionnaire"
    drafted = True
    says_optional = False

    asked_on = forms.DateField(label="When was the person asked?", help_text="For example, 27/3/2026")

    def __init__(self, *args, instrument, **kwargs):
        super().__init__(*args, **kwargs)
        self.instrument = instrument
        self.fields["asked_on"].initial = timezone.localdate
        parts = ["asked_on", *self._drug(), *map(self._item, instrument.items), *self._safer_custody(), "nonce"]
        self.helper.layout = Layout(*parts)

    def _drug(self):
        if self.instrument.names_drug:
            self.fields["about"] = forms.ChoiceField(
                label="Which drug is it about?",
                help_text="One drug. Ask again for another.",
                required=False,
                choices=[("", "Choose the drug"), *self.instrument.drugs().items()],
            )
            yield "about"

    def _item(self, item):
        self.fields[item.code] = forms.TypedChoiceField(
            label=f"{item.number}. {item.label}",
            help_text=item.hint,
            required=False,
            choices=[(option.value, option.label) for option in item.options],
            coerce=int,
            empty_value=None,
            widget=forms.RadioSelect(attrs=SMALL),
        )
        return item.code

    def _safer_custody(self):
        """Asked where an item calls for it: a script hides it until then, and the operation insists."""
        alarms = [item for item in self.instrument.items if item.alarm_from is not None]
        for item in alarms:
            self.fields |= {
                "told": forms.ChoiceField(
                    label="Was safer custody told?",
                    help_text="Tell them today, whatever the score, and follow the prison’s procedure.",
                    required=False,
                    choices=TOLD,
                    widget=forms.RadioSelect(attrs=SMALL),
                ),
                "told_whom": forms.CharField(
                    label="Who was told?", help_text="Name and post.", required=False, max_length=120
                ),
                "told_on": forms.DateField(label="On which day?", help_text="For example, 27/3/2026", required=False),
                "told_time": forms.TimeField(label="At what time?", help_text="For example, 14:30", required=False),
                "why_not": forms.CharField(
                    label="Why not?", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
                ),
            }
            values = " ".join(str(option.value) for option in item.options if option.value >= item.alarm_from)
            whom = Div("told_whom", Row("told_on", "told_time"), data_shown_if="told", data_shown_values="TOLD")
            why = Div("why_not", data_shown_if="told", data_shown_values="NOT_TOLD")
            legend = f"Question {item.number}: safer custody"
            yield Div(Fieldset(legend, "told", whom, why), data_shown_if=item.code, data_shown_values=values)

    def clean(self):
        """One moment out of day and time."""
        day, time = self.cleaned_data.get("told_on"), self.cleaned_data.get("told_time")
        self.told_at = timezone.make_aware(datetime.combine(day, time)) if day and time else None
        return self.cleaned_data

    @property
    def answers(self):
        """What ``score.record`` takes."""
        said = self.cleaned_data
        given = {
            "answers": {item.code: said.get(item.code) for item in self.instrument.items},
            "asked_on": said["asked_on"],
            "about": said.get("about", ""),
            "nonce": said["nonce"],
        }
        if "told" in self.fields:
            given |= {name: said.get(name, "") for name in ("told", "told_whom", "why_not")} | {"told_at": self.told_at}
        return given
