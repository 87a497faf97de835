from datetime import datetime

from crispy_forms.layout import Layout, Row
from django import forms
from django.utils import timezone

from casework.forms.base import OnceForm
from interventions.forms.fields import TIMES
from interventions.models import Commitment


class TimeField(forms.TimeField):
    def __init__(self, **given):
        widget = forms.TimeInput(format="%H:%M", attrs={"class": "govuk-input--width-5"})
        super().__init__(input_formats=TIMES, widget=widget, **given)


class Note(OnceForm):
    called = "Something in the person’s day"
    save_text = "Note it"

    kind = forms.ChoiceField(label="What is it?", choices=Commitment.Kind.choices, widget=forms.RadioSelect)
    on = forms.DateField(label="Which day?", help_text="For example, 27/3/2026")
    starts = TimeField(label="When does it begin?", help_text="For example, 13:30")
    ends = TimeField(label="When does it end?", help_text="For example, 15:00")
    said_by = forms.CharField(label="Who said so?", help_text="Name and post, or the list it is from.", max_length=120)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout("kind", "on", Row("starts", "ends"), "said_by", "nonce")

    def answers(self):
        """What the operation asks for: two moments instead of a day and two times."""
        said = dict(self.cleaned_data)
        on, starts, ends = (said.pop(name) for name in ["on", "starts", "ends"])
        zone = timezone.get_current_timezone()
        return {
            **said,
            "starts_at": datetime.combine(on, starts, zone),
            "ends_at": datetime.combine(on, ends, zone),
        }
