"""The questions about drug tests: tests of other kinds than random, and what came of each; the rules."""

import re
from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from casework.formats import numbers
from casework.forms.base import Form, OnceForm
from casework.forms.versioned import VersionedForm
from interventions.formats import drug_tests
from interventions.forms.fields import AT, NARROW, MomentField, number_box, unknown
from interventions.models import DrugTest
from interventions.queries import drug_test as queries

MOST_HELD, MOST_PERCENT, MOST_LINES = 3000, 20, 700
Kind, Part, Standing = DrugTest.Kind, DrugTest.Part, DrugTest.Standing
NUMBERS = dict.fromkeys(["required", "invalid"], "Give a whole number.")


class Add(OnceForm):
    """Tests of another kind: the kind and the day once, then a line for each person."""

    called = "Drug tests"
    save_text = "Add these tests"
    drafted = True

    kind = forms.ChoiceField(
        label="What kind of test?", choices=[(kind, kind.label) for kind in Kind if kind != Kind.RANDOM]
    )
    selected_on = forms.DateField(
        label="On which day were they chosen?", help_text="For example, 27/3/2026", initial=timezone.localdate
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.found, self.lines = user, {}, range(1, 13)
        for line in self.lines:
            self.fields[f"number_{line}"] = number_box(f"Prison number, line {line}", "10", 12)

    @property
    def rows(self):
        for line in self.lines:
            bound = self[f"number_{line}"]
            known = self.found.get(numbers.normalise(bound.value() or ""))
            yield {"number": line, "field": bound, "name": known and known.list_name}

    def clean_selected_on(self):
        day = self.cleaned_data["selected_on"]
        if day > timezone.localdate():
            raise ValidationError("This day is in the future.")
        if day < timezone.localdate() - timedelta(days=366):
            raise ValidationError("This is more than a year ago.")
        return day

    def clean(self):
        given = super().clean()
        typed = {f"number_{line}": numbers.normalise(given.get(f"number_{line}") or "") for line in self.lines}
        typed = {name: number for name, number in typed.items() if number}
        if not typed and not self.errors:
            raise ValidationError("Enter the prison number of at least one person.")
        self.found = queries.people(self.user, typed.values())
        living = queries.living(self.user, self.found.values()) if given.get("kind") == Kind.COMPACT else None
        chosen = []
        for name, number in typed.items():
            person = self.found.get(number)
            if why := unknown(number, person) or _not_for_test(person, living, chosen):
                self.add_error(name, why)
            else:
                chosen.append(person)
        return {name: given.get(name) for name in ["kind", "selected_on", "nonce"]} | {"people": chosen}


class RecordSeveral(Form):
    """What came of a month’s tests, a line each: a letter, and what it needs. Lines that stay empty are left as they are."""

    called = "What came of drug tests"
    save_text = "Save these"
    drafted = True
    taken_at = MomentField(
        label="When were the samples taken?",
        help_text="For every line with s that gives no time of its own. For example, 27/3/2026 09:30",
        required=False,
        widget=forms.DateTimeInput(format=AT, attrs={"class": "govuk-input--width-20"}),
        error_messages={"invalid": "Write the day and the time, for example 27/3/2026 09:30."},
    )
    # What is typed in each standing: letter → what it becomes.
    LETTERS = {
        Standing.SELECTED: {"S": Standing.SAMPLED, "R": Standing.REFUSED, "U": Standing.UNABLE},
        Standing.SAMPLED: {"N": Standing.NEGATIVE, "P": Standing.POSITIVE},
    }

    def __init__(self, *args, tests, **kwargs):
        super().__init__(*args, **kwargs)
        sent = self.data if self.is_bound else {}
        waiting = {test.pk for test in queries.in_order(tests)}
        # What somebody else recorded meanwhile stays on the page with what was typed, so that it can be said.
        self.tests = [t for t in tests if t.pk in waiting or str(sent.get(f"what_{t.pk}", "")).strip()]
        for test in self.tests:
            self.fields[f"what_{test.pk}"] = number_box(f"What came of it, {test.person.name}", "5", 40)
            if test.standing == Standing.SELECTED:
                attrs = {"class": "govuk-input govuk-input--width-10", "aria-label": f"When, {test.person.name}"}
                self.fields[f"when_{test.pk}"] = MomentField(
                    label=f"When, {test.person.name}",
                    required=False,
                    widget=forms.DateTimeInput(format=AT, attrs={**attrs, **NARROW}),
                    error_messages={"invalid": "Write the day and the time, for example 27/3/2026 09:30."},
                )

    @property
    def rows(self):
        for test in self.tests:
            when = f"when_{test.pk}"
            yield {"test": test, "what": self[f"what_{test.pk}"], "when": self[when] if when in self.fields else None}

    def clean(self):
        given = super().clean()
        steps = [
            step
            for test in self.tests
            if (typed := (given.get(f"what_{test.pk}") or "").strip().upper())
            and (step := self._step(given, test, typed))
        ]
        if not steps and not self.errors:
            raise ValidationError("Nothing was entered: type a letter on at least one line.")
        return {"steps": steps}

    def _step(self, given, test, typed):
        name, letter, rest = f"what_{test.pk}", typed[0], typed[1:].strip()
        # A letter of the step before is sent again by a double click: the operation says whether it is the same.
        to = {letter: to for letters in self.LETTERS.values() for letter, to in letters.items()}.get(letter)
        if to not in [*self.LETTERS.get(test.standing, {}).values(), test.standing]:
            letters = " or ".join(letter.lower() for letter in self.LETTERS.get(test.standing, {}))
            self.add_error(
                name, f"“{typed.lower()}” says nothing here. Type {letters}." if letters else _meanwhile(test)
            )
            return None
        step = {"test": test, "to": to, "field": name}
        if to == Standing.SAMPLED:
            step["sampled_at"] = given.get(f"when_{test.pk}") or given.get("taken_at") or test.sampled_at
            if step["sampled_at"] is None and not self.errors:
                self.add_error(name, "Say when the sample was taken: here, or above for all.")
        codes = {Standing.UNABLE: drug_tests.reasons(), Standing.POSITIVE: drug_tests.groups()}.get(to)
        if codes is None:
            return self._alone(name, step, rest)
        chosen, wrong = _numbered(rest, list(codes))
        if wrong or not chosen or (to == Standing.UNABLE and len(chosen) > 1):
            self.add_error(name, _which(wrong, to, len(codes)))
            return None
        return step | ({"unable_why": chosen[0]} if to == Standing.UNABLE else {"groups": chosen})

    def _alone(self, name, step, rest):
        if rest:
            self.add_error(name, f"Nothing goes with this letter, so what does “{rest.lower()}” mean?")
        return None if rest else step


class Record(Form):
    """One step of one test, with what it needs."""

    called = "Drug test"

    to = forms.ChoiceField(
        label="What came of it?",
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--small"}),
        error_messages={"required": "Choose what came of it."},
    )
    sampled_at = MomentField(
        label="When was the sample taken?",
        help_text="For example, 27/3/2026 09:30",
        required=False,
        widget=forms.DateTimeInput(format=AT, attrs={"class": "govuk-input--width-20"}),
        error_messages={"invalid": "Write the day and the time, for example 27/3/2026 09:30."},
    )
    unable_why = forms.ChoiceField(label="Why could the test not be made?", required=False)
    groups = forms.MultipleChoiceField(
        label="What was found?",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )
    mitigation = forms.CharField(label="What was prescribed, and who confirmed it?", max_length=200, required=False)
    NEEDS = {
        "sampled_at": {Standing.SAMPLED},
        "unable_why": {Standing.UNABLE},
        "groups": {Standing.POSITIVE, Standing.MITIGATED},
        "mitigation": {Standing.MITIGATED},
    }

    def __init__(self, *args, test, **kwargs):
        super().__init__(*args, **kwargs)
        steps = [*test.steps, *([test.standing] if self.is_bound and test.standing not in test.steps else [])]
        self.fields["to"].choices = [(step, Standing(step).label) for step in steps]
        self.fields["unable_why"].choices = [("", "Choose a reason"), *drug_tests.reasons().items()]
        self.fields["groups"].choices = list(drug_tests.groups().items())
        for name, needed in self.NEEDS.items():
            if not needed & set(steps) or (name == "groups" and test.groups and not self.is_bound):
                del self.fields[name]

    def clean(self):
        """Only what goes with the step is taken."""
        given = super().clean()
        return {
            name: value for name, value in given.items() if given.get("to") in self.NEEDS.get(name, {given.get("to")})
        }


class PutRight(OnceForm):
    """To which earlier standing a test goes back that says something wrong, and why. ``version``: the test as it was seen."""

    called = "Drug test put right"
    save_text = "Put it right"
    save_class = "govuk-button--warning"

    version = forms.IntegerField(widget=forms.HiddenInput)
    to = forms.ChoiceField(
        label="Where does the test go back to?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose where the test goes back to."},
    )
    why = forms.CharField(
        label="What was wrong?",
        help_text="For example: the result of somebody else was recorded here.",
        max_length=200,
        error_messages={"required": "Say what was wrong."},
    )
    HINTS = {
        Standing.SELECTED: "As if nothing had been recorded yet.",
        Standing.SAMPLED: "The sample was taken then; the result was another.",
        Standing.POSITIVE: "It was not adjudicated.",
        Standing.REFUSED: "It was not adjudicated.",
        Standing.MISTAKE: "This person was not to be tested at all. It is not counted.",
    }

    def __init__(self, *args, test, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = test.version
        # What is sent twice has gone back by then: the operation tells the same from another.
        sent = [to for to in Standing if to == self.data.get("to") and to not in test.earlier]
        self.fields["to"].choices = [(to, to.label) for to in [*test.earlier, *sent]]
        self.fields["to"].widget.hints = self.HINTS


class Rules(VersionedForm):
    """How the prison’s drug tests go."""

    called = "Rules of drug tests"
    save_text = "Save the rules"

    test_percent = forms.IntegerField(
        label="What percentage of the people held is tested at random each month?",
        help_text="Usually 5.",
        min_value=1,
        max_value=MOST_PERCENT,
        error_messages={**NUMBERS, "min_value": "Give 1 or more.", "max_value": f"Give at most {MOST_PERCENT}."},
    )
    test_weekend_percent = forms.IntegerField(
        label="What percentage of these tests is made at weekends, at least?",
        help_text="Usually 14.",
        min_value=0,
        max_value=100,
        error_messages={**NUMBERS, "min_value": "Give 0 or more.", "max_value": "Give at most 100."},
    )
    test_referral_kinds = forms.MultipleChoiceField(
        label="A positive test makes a referral for",
        help_text="As the local protocol says. None ticked: no test does. One that a prescription explains never does.",
        choices=Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
    )


def _not_for_test(person, living, chosen):
    if person in chosen:
        return f"{person.name} stands on this page already."
    if living is not None and person.pk not in living:
        return f"{person.name} does not live on the drug-free unit."
    return "" if person.here else f"{person.name} is not on the roll."


def _numbered(text, codes):
    """The codes that the numbers in ``text`` mean, in the order of the list, and what means none of them."""
    typed = [word for word in re.split(r"[\s,.;/-]+", text) if word]
    known = {str(number): code for number, code in enumerate(codes, start=1)}
    wrong = [word for word in typed if word not in known]
    return [code for number, code in known.items() if number in typed], wrong


def _which(wrong, to, most):
    what = "reason" if to == Standing.UNABLE else "drug"
    example = "such as u3" if to == Standing.UNABLE else "such as p 1 9"
    if wrong:
        return f"There is no {what} {wrong[0].lower()}. They are 1 to {most}, with a space between two."
    return f"Give the number of the {what}, {example}." if to == Standing.POSITIVE else f"Give one reason, {example}."


def _meanwhile(test):
    return f"Somebody recorded this meanwhile: {Standing(test.standing).label.lower()}."
