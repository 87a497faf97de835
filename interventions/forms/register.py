"""The register of a session, and a line about each who came."""

from crispy_forms.layout import Submit
from django import forms

from casework.forms.base import Form, OnceForm
from casework.forms.versioned import VersionedForm
from casework.queries import finder
from interventions.models import Contact
from interventions.queries import register as queries

UNMARKED = ("", "Unmarked")  # no reason begins with its letter


class Register(Form):
    """A line for everybody who is expected: ``mark_<seat>`` and the version of the seat that was shown."""

    called = "Register"
    save_text = "Save"
    drafted = True

    rest = forms.BooleanField(label="Everybody whom I did not mark came", required=False)

    def __init__(self, *args, rows, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines = rows
        for row in rows:
            seat = row.seat
            choices = queries.MARKS if seat.contact_id else [UNMARKED, *queries.MARKS]
            self.fields[f"mark_{seat.pk}"] = forms.ChoiceField(
                label=seat.person.name,
                choices=choices,
                initial=row.mark,
                required=False,
                widget=forms.Select(attrs={"class": "govuk-select ww-mark", "aria-label": seat.person.name}),
                error_messages={"invalid_choice": "Choose one of the list."},
            )
            self.fields[f"version_{seat.pk}"] = forms.IntegerField(
                initial=seat.version, required=False, widget=forms.HiddenInput
            )
        first = next((row for row in rows if not row.mark), None)
        if first:
            self.fields[f"mark_{first.seat.pk}"].widget.attrs["autofocus"] = True

    @property
    def rows(self):
        """Each line with its two fields."""
        return [
            {"row": row, "mark": self[f"mark_{row.seat.pk}"], "version": self[f"version_{row.seat.pk}"]}
            for row in self.lines
        ]

    @property
    def marks(self):
        """What was answered: key of a seat → (mark, version that was seen)."""
        given = self.cleaned_data
        rest = Contact.Outcome.TOOK_PLACE.value if given.get("rest") else ""
        return {
            row.seat.pk: (given.get(f"mark_{row.seat.pk}") or rest, given.get(f"version_{row.seat.pk}"))
            for row in self.lines
        }

    def refuse(self, error, rows):
        """Show why it was refused, with the versions as they are now: whoever saves again has read what others did."""
        super().refuse(error, **{f"version_{row.seat.pk}": str(row.seat.version) for row in rows})


class Missing(OnceForm):
    """Somebody who does not stand in the register, and what it is to say of him."""

    called = "Somebody missing in a register"
    save_text = "Add to the register"

    number = forms.CharField(
        label="Prison number",
        help_text="For example, A1234AA",
        max_length=12,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
        error_messages={"required": "Give the prison number."},
    )
    mark = forms.ChoiceField(label="What is it to say?", choices=queries.MARKS)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self):
        """The answers, with the person in place of the number."""
        given = super().clean()
        number = given.pop("number", "")
        person = finder.by_number(self.user, number) if number else None
        if number and person is None:
            self.add_error("number", "Nobody here has this number. Look at it again, or find the person by name.")
        return {**given, "person": person}


class Line(VersionedForm):
    """A line about somebody in the register; ``row`` is the seat."""

    called = "Line in the register"
    save_text = "Save and next"
    drafted = True

    def __init__(self, *args, row, **kwargs):
        super().__init__(*args, row=row, **kwargs)
        long = "\n" in row.contact.note or len(row.contact.note) > 200
        box = forms.Textarea if long else forms.TextInput
        self.fields["note"] = forms.CharField(
            label=f"A line about {row.person.name}",
            max_length=2000,
            widget=box(attrs={"autofocus": True}),
            error_messages={"required": "Write a line, or skip it for now."},
        )
        self.order_fields(["note", "version"])
        if not row.contact.note:
            self.helper.add_input(Submit("skip", "Skip and add later", css_class="govuk-button--secondary"))

    def said_by(self, row):
        return {"note": row.contact.note, "version": row.version}
