"""Forms made from the data of question sets."""

from datetime import date

from crispy_forms.layout import Div, Fieldset, Layout, Row, Submit
from django import forms
from django.utils import timezone

from casework.formats import questions, reference
from casework.forms.base import Form, OnceForm
from casework.forms.versioned import VersionedForm
from casework.models import SubstanceUse
from casework.operations.assessment import MOST_SUBSTANCES
from casework.queries import assessments

FIRST_ROWS = 3
SUBSTANCE = ("substance", "route", "age_first_used", "before_custody", "now")
SMALL = {"class": "govuk-radios--small govuk-radios--inline"}


class Begin(OnceForm):
    """Asks nothing; the nonce keeps a double click from making two."""

    save_text = "Begin"


class Correct(OnceForm):
    save_text = "Make a correction"


class Complete(Form):
    """``version``: of the answers that were looked at."""

    save_text = "Complete the assessment"
    called = "Completing an assessment"

    done_on = forms.DateField(label="When was it done?", help_text="For example, 27/3/2026")
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, assessment, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["done_on"].initial = assessment.done_on or timezone.localdate()
        self.fields["version"].initial = assessment.version


class Section(VersionedForm):
    """One page of questions. Everything may be left empty here; what has to be answered is asked when completing."""

    save_text = "Save and go on"
    called = "Assessment"
    drafted = True
    says_optional = False

    def __init__(self, *args, row, section, **kwargs):
        self.section, self.answered = section, assessments.answered(row)
        self.asked = questions.named(row.questions)
        super().__init__(*args, row=row, **kwargs)
        parts = [part for question in section.questions if self._is_shown(question) for part in self._ask(question)]
        self.helper.layout = Layout(*parts, "version")
        self.helper.add_input(Submit("later", "Save and come back later", css_class="govuk-button--secondary"))

    def said_by(self, row):
        said = {"version": row.version}
        for question in self.section.questions:
            value = row.answers.get(question.code)
            said[question.code] = date.fromisoformat(value) if question.kind == "date" and value else value
        for use in self._uses(row):
            said |= {f"{name}_{use.rank}": getattr(use, name) for name in SUBSTANCE}
        return said

    def _uses(self, row):
        return assessments.live_substances(row) if self.section.substances else []

    def _is_shown(self, question):
        """What depends on an answer of an earlier page is left out when it does not apply; of this page, a script hides it."""
        here = question.show_if and self.section.question(question.show_if.question)
        return bool(here or self.asked.applies(question, self.answered) or self.answered.get(question.code))

    def _ask(self, question):
        if question.kind == "substances":
            yield from self._ask_substances(question)
            return
        field = _FIELDS[question.kind](question)
        field.label = question.wording if question.required else f"{question.wording} (optional)"
        field.help_text = question.hint
        self.fields[question.code] = field
        yield self._revealed(question, question.code)

    def _revealed(self, question, *parts):
        condition = question.show_if
        if condition is None or self.section.question(condition.question) is None:
            return parts[0] if len(parts) == 1 else Div(*parts)
        values = " ".join(condition.values)
        return Div(*parts, css_class="ww-shown-if", data_shown_if=condition.question, data_shown_values=values)

    def _ask_substances(self, question):
        rows = []
        for rank in range(1, self._rows + 1):
            for name, field in _substance_fields().items():
                self.fields[f"{name}_{rank}"] = field
            legend = "The main one" if rank == 1 else f"Number {rank}"
            first, *others = [f"{name}_{rank}" for name in SUBSTANCE]
            rows.append(Fieldset(legend, Row(first, others[0], others[1]), Row(*others[2:]), css_class="ww-repeated"))
        yield self._revealed(question, *rows)

    @property
    def number(self):
        return self.asked.sections.index(self.section) + 1

    @property
    def _rows(self):
        """As many as are filled and one more, three at least."""
        posted = [n for n in range(1, MOST_SUBSTANCES + 1) if any(self.data.get(f"{name}_{n}") for name in SUBSTANCE)]
        return min(MOST_SUBSTANCES, max([FIRST_ROWS, len(self._uses(self.row)) + 1, *posted]))

    @property
    def answers(self):
        """What ``assessment.answer`` takes: answers, and substances where they are asked, empty rows left out."""
        codes = [question.code for question in self.section.questions if question.code in self.fields]
        given = {"answers": {code: self.cleaned_data.get(code) for code in codes}}
        if self.section.substances and "substance_1" in self.fields:
            rows = {rank: self._row(rank) for rank in range(1, self._rows + 1)}
            self.ranks = [rank for rank, row in rows.items() if any(row.values())]
            given["substances"] = [rows[rank] for rank in self.ranks]
        return given

    def _row(self, rank):
        return {name: self.cleaned_data.get(f"{name}_{rank}") for name in SUBSTANCE}

    def refuse(self, error):
        """As ever; errors of the second substance stand in the second row that was filled."""
        if hasattr(error, "error_dict") and self.section.substances:
            error.error_dict = {self._place(name): errors for name, errors in error.error_dict.items()}
        super().refuse(error)

    def _place(self, name):
        stem, _, number = name.rpartition("_")
        return f"{stem}_{self.ranks[int(number) - 1]}" if stem in SUBSTANCE else name


def _text(question):
    widget = forms.TextInput() if question.short else forms.Textarea(attrs={"rows": 3})
    return forms.CharField(required=False, max_length=question.max_length, widget=widget, strip=False)


def _choice(question):
    widget = forms.RadioSelect(attrs=SMALL if question.kind == "yes_no" else {"class": "govuk-radios--small"})
    return forms.ChoiceField(required=False, choices=question.choices, widget=widget)


def _choices(question):
    widget = forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"})
    return forms.MultipleChoiceField(required=False, choices=question.choices, widget=widget)


def _number(question):
    words = f"Enter a whole number from {question.least} to {question.most}."
    errors = dict.fromkeys(("invalid", "min_value", "max_value"), words)
    return forms.IntegerField(required=False, min_value=question.least, max_value=question.most, error_messages=errors)


def _date(question):
    return forms.DateField(required=False, error_messages={"invalid": "Enter a date, such as 27/3/2026."})


_FIELDS = {
    "text": _text,
    "yes_no": _choice,
    "choice": _choice,
    "choices": _choices,
    "number": _number,
    "date": _date,
}


def _substance_fields():
    frequencies = [("", "Choose"), *SubstanceUse.Frequency.choices]
    drugs = [("", "None"), *reference.substances().items()]
    return {
        "substance": forms.ChoiceField(label="Substance", required=False, choices=drugs),
        "route": forms.ChoiceField(
            label="How it is taken", required=False, choices=[("", "Choose"), *SubstanceUse.Route.choices]
        ),
        "age_first_used": forms.IntegerField(
            label="Age first used (optional)",
            required=False,
            widget=forms.NumberInput(attrs={"class": "govuk-input--width-2"}),
            error_messages={"invalid": "Enter the age as a number."},
        ),
        "before_custody": forms.ChoiceField(label="How often before custody", required=False, choices=frequencies),
        "now": forms.ChoiceField(label="How often now", required=False, choices=frequencies),
    }
