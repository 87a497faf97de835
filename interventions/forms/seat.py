"""The questions about who is expected at a session."""

from django import forms
from django.core.exceptions import ValidationError

from casework.formats import numbers as prison_numbers
from casework.forms.base import Form, OnceForm
from casework.queries import finder
from interventions.models import Seat


def despite():
    """Asked wherever people are put down: what stands against some of them may be all right."""
    return forms.CharField(
        label="Why is it all right that they come?",
        help_text="Only where the answer says that something stands against it, such as a day at court.",
        max_length=200,
        required=False,
    )


class SeatsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, seat):
        return f"{seat.person.list_name}, {seat.person.number}"


class SeatField(forms.ModelChoiceField):
    def label_from_instance(self, seat):
        return f"{seat.person.list_name}, {seat.person.number}"


class Add(OnceForm):
    save_text = "Put them down"

    numbers = forms.CharField(
        label="Who is expected?",
        help_text="One prison number, or several with a space or a line between them.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Give at least one prison number."},
    )
    despite = despite()

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_numbers(self):
        """The people whose numbers were typed, each once."""
        typed = self.cleaned_data["numbers"].replace(",", " ").replace(";", " ").split()
        if len(typed) > 40:
            raise ValidationError("Give at most 40 numbers at a time.")
        found = finder.by_numbers(self.user, typed)
        people = {text: found.get(prison_numbers.normalise(text)) for text in dict.fromkeys(typed)}
        if unknown := [text[:20] for text, known in people.items() if known is None]:
            raise ValidationError(f"Nobody here has this number: {', '.join(unknown)}. Look under Find a person.")
        return list({person.pk: person for person, _ in people.values()}.values())


class _OfSeat(Form):
    seat = SeatField(
        Seat.objects.none(), label="Who?", empty_label=None, error_messages={"invalid_choice": "Choose again who."}
    )
    why = forms.CharField(label="Why?", max_length=200, error_messages={"required": "Say why."})

    def __init__(self, *args, seats, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["seat"].queryset = seats


class Remove(_OfSeat):
    save_text = "Take off the list"
    save_class = "govuk-button--warning"


class Accept(_OfSeat):
    save_text = "Expect them all the same"
