from django import forms
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from casework.formats.roll import RollRefused
from casework.forms.base import Form, OnceForm
from casework.models import CustodySpell
from casework.operations.custody import MEANINGS, STILL_HERE
from casework.queries import roll_plan

LARGEST = 10 * 1024 * 1024


class UploadRoll(OnceForm):
    """The file is read here once, so that a wrong one is refused beside the field and nothing of it is kept."""

    save_text = "Upload and preview"

    roll = forms.FileField(
        label="Which file holds the roll?",
        help_text="JSON or CSV as the prison’s system gives it, 10 MB at most. Nothing changes until you have seen the preview.",
        error_messages={"required": "Choose the file that holds the roll.", "empty": "The file is empty."},
    )

    def __init__(self, *args, prison, **kwargs):
        super().__init__(*args, **kwargs)
        self.prison = prison

    def clean_roll(self):
        file = self.cleaned_data["roll"]
        if file.size > LARGEST:
            raise ValidationError(f"The file is larger than {filesizeformat(LARGEST)}. A roll is much smaller.")
        content = file.read()
        try:
            roll_plan.read(content, self.prison, timezone.localdate())
        except RollRefused as refusal:
            raise ValidationError(str(refusal)) from None
        return {"filename": file.name, "content": content}


class ConfirmRoll(Form):
    """Asks about a roll that shrank only where one did."""

    drafted = False
    save_text = "Import this roll"

    accept_shrink = forms.BooleanField(label="Yes, that many people really left", required=False)

    def __init__(self, *args, shrinks, **kwargs):
        super().__init__(*args, **kwargs)
        if not shrinks:
            del self.fields["accept_shrink"]


class ConfirmDeparture(Form):
    """What it means that somebody is missing from the roll."""

    called = "Missing from the roll"

    meaning = forms.ChoiceField(
        label="What happened?",
        choices=[
            *((end.value, end.label) for end in CustodySpell.End if end in MEANINGS),
            (STILL_HERE, "Still here: the roll was wrong"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what happened."},
    )
    on = forms.DateField(
        label="On which day did the person leave?",
        help_text="For example, 27/3/2026. Leave it as it is if the person is still here.",
        error_messages={"required": "Enter the day."},
    )
