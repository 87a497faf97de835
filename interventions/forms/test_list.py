"""The questions about the lists of a month’s random drug tests: typed line by line, or pasted."""

import csv
import re
from collections import Counter

from django import forms
from django.core.exceptions import ValidationError

from casework.formats import numbers
from casework.forms.base import OnceForm
from interventions.formats import drug_tests
from interventions.forms.fields import number_box, unknown
from interventions.models import DrugTest
from interventions.queries import drug_test as queries

RESERVES = 20
MOST_HELD, MOST_PERCENT, MOST_LINES = 3000, 20, 700
Part = DrugTest.Part
NUMBERS = dict.fromkeys(["required", "invalid"], "Give a whole number.")


class _Drawn(OnceForm):
    """What both ways of writing a month’s lists ask: how many people are held, and the percentage of them."""

    population = forms.IntegerField(
        label="How many people were held on an average day?",
        min_value=1,
        max_value=MOST_HELD,
        error_messages={**NUMBERS, "min_value": "Give 1 or more.", "max_value": f"Give at most {MOST_HELD}."},
    )
    percent = forms.IntegerField(
        label="What percentage of them is tested?",
        min_value=1,
        max_value=MOST_PERCENT,
        error_messages={**NUMBERS, "min_value": "Give 1 or more.", "max_value": f"Give at most {MOST_PERCENT}."},
    )

    def __init__(self, *args, user, month, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.month, self.found = user, month, {}

    @property
    def size(self):
        """How many lines the main list has by what stands in the form."""
        asked = []
        for name, most in [("population", MOST_HELD), ("percent", MOST_PERCENT)]:
            typed = str(self[name].value() or "").strip()
            asked.append(min(int(typed), most) if typed.isdecimal() and len(typed) < 5 else 0)
        return drug_tests.size(*asked)

    def look_up(self, typed):
        """Find whose the ``typed`` numbers are, and who of them was here in the month."""
        self.found = queries.people(self.user, typed, self.month, queries.months_after(self.month, 1))

    def wrong(self, number, taken):
        """Why ``number`` cannot stand on the lists beside those ``taken`` (key → place); empty where it can."""
        person = self.found.get(number)
        if why := unknown(number, person):
            return why
        if person.pk in taken:
            return f"{person.name} stands on the list already: {taken[person.pk]}."
        return "" if person.here else f"{person.name} was not here in {self.month:%B %Y}."


class Draw(_Drawn):
    """A month’s lists by hand: a line for each place, the main list first. Of the reserve list lines may stay empty at the end."""

    called = "Random drug tests of a month"
    save_text = "Draw this list"
    drafted = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines = [("main", number) for number in range(1, self.size + 1)]
        self.lines += [("reserve", number) for number in range(1, RESERVES + 1)]
        for part, number in self.lines:
            self.fields[f"{part}_{number}"] = number_box(f"Prison number, {part} list {number}", "10", 12)

    @property
    def rows(self):
        """Each line with its field and, after it was sent, the name that its number means."""
        for part, number in self.lines:
            bound = self[f"{part}_{number}"]
            known = self.found.get(numbers.normalise(bound.value() or ""))
            label = "Reserve" if part == "reserve" else "Main"
            yield {"label": label, "number": number, "field": bound, "name": known and known.list_name}

    def clean(self):
        given = super().clean()
        typed = {line: numbers.normalise(given.get(f"{line[0]}_{line[1]}") or "") for line in self.lines}
        while self.lines and typed and not typed.get(list(typed)[-1]) and list(typed)[-1][0] == "reserve":
            typed.popitem()
        self.look_up(filter(None, typed.values()))
        taken, drawn = {}, {"main": [], "reserve": []}
        for (part, number), prison_number in typed.items():
            if why := self.wrong(prison_number, taken):
                self.add_error(f"{part}_{number}", why)
            else:
                person = self.found[prison_number]
                taken[person.pk] = f"{part} {number}"
                drawn[part].append(person)
        return {name: given.get(name) for name in ["population", "percent", "nonce"]} | drawn


class BringIn(_Drawn):
    """A month’s lists pasted: a prison number on each line, or rows as a table program copies them. Shown before anything is kept."""

    called = "Random drug tests of a month, pasted"
    save_text = "Check the list"

    text = forms.CharField(
        label="Paste the lists",
        help_text=(
            "A prison number on each line: the main list, a line that says Reserve, then the reserve list. Or rows with the list, "
            "the number and the prison number: Main,1,A1234BC."
        ),
        max_length=40000,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = []

    @property
    def wrong_rows(self):
        return [row for row in self.rows if row["why"]]

    def clean(self):
        given = super().clean()
        read = list(_lines(given.get("text", "")))
        if len(read) > MOST_LINES:
            raise ValidationError({"text": f"These are {len(read)} lines. At most {MOST_LINES} can be read."})
        self.look_up(filter(None, (row["prison_number"] for row in read)))
        taken, drawn, due = {}, {"main": [], "reserve": []}, Counter()
        for row in read:
            due[row["part"]] += 1
            row["place"] = due[row["part"]]
            row["why"] = row.get("why") or self.wrong(row["prison_number"], taken) or _out_of_order(row)
            self.rows.append(row)
            if not row["why"]:
                row["person"] = self.found[row["prison_number"]]
                taken[row["person"].pk] = f"line {row['line']}"
                drawn[row["part"]].append(row["person"])
        if self.wrong_rows:
            so_many = "1 line is" if len(self.wrong_rows) == 1 else f"{len(self.wrong_rows)} lines are"
            self.add_error("text", f"{so_many} wrong. Nothing was kept; what is wrong stands below.")
        elif "text" in given and given.get("population") and given.get("percent") and len(drawn["main"]) != self.size:
            words = f"the main list has {len(drawn['main'])} people, and {given['percent']} % of {given['population']} is {self.size}"
            self.add_error("population", f"By this {words}. Correct the number of people held, or the list.")
        return {name: given.get(name) for name in ["population", "percent", "nonce"]} | drawn


def _lines(text):
    """The lines of a pasted text that say something: ``line``, ``part``, ``number`` where it is given, ``prison_number``, ``why`` not."""
    part = "main"
    for line, cells in enumerate(csv.reader(text.replace("\t", ",").replace(";", ",").splitlines()), start=1):
        cells = [cell.strip() for cell in cells if cell.strip()]
        words = [cell.casefold() for cell in cells]
        if not cells or any("prison number" in word for word in words):
            continue
        named = next((name for name in ("reserve", "main") if words[0].startswith(name)), None)
        part = named or part
        cells = cells[1:] if named else cells
        if not cells:
            continue
        number = int(cells[0]) if re.fullmatch(r"[0-9]{1,4}", cells[0]) else None
        cells = cells[1:] if number is not None else cells
        row = {
            "line": line,
            "part": part,
            "number": number,
            "prison_number": numbers.normalise(cells[0]) if cells else "",
        }
        yield row | ({"why": "There is more than one prison number on this line."} if _several(cells) else {})


def _several(cells):
    return sum(numbers.is_prison_number(numbers.normalise(cell)) for cell in cells) > 1


def _out_of_order(row):
    """Where the paste numbers its rows, each stands at its place."""
    due = row["place"]
    return f"This is number {row['number']}, and {due} comes next." if row["number"] not in (None, due) else ""
