"""The outcomes profile (TOP) in our own words: what is asked, what its answers may be, when it is due (domain.md 4.1 and 8.4).

It has no total, and no single day of difference is called an improvement. ``NA`` stands for what the person did not disclose.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ValidationError

VERSION = 1
NA = "NA"
DAYS, WEEK = 28, 7
WEEKS = (4, 3, 2, 1)
ANSWERS = (("YES", "Yes"), ("NO", "No"), (NA, "Not disclosed"))


@dataclass(frozen=True)
class Line:
    """Something used: its days in each of four weeks, their total, and how much on a day of use in ``unit``."""

    code: str
    label: str
    unit: str
    drug: bool = True

    @property
    def weeks(self):
        return [f"{self.code}_week_{week}" for week in WEEKS]

    @property
    def total(self):
        return f"{self.code}_total"

    @property
    def amount(self):
        return f"{self.code}_amount"


@dataclass(frozen=True)
class Item:
    """One other question. ``most`` is the highest number; None: it is answered with yes or no."""

    code: str
    label: str
    most: int | None = None
    hint: str = ""


LINES = (
    Line("alcohol", "Alcohol", "units", drug=False),
    Line("opiates", "Opiates that were not prescribed", "grams"),
    Line("crack", "Crack", "grams"),
    Line("cocaine", "Cocaine powder", "grams"),
    Line("amphetamines", "Amphetamines", "grams"),
    Line("cannabis", "Cannabis", "spliffs"),
    Line("other", "Another drug", "times"),
    Line("tobacco", "Tobacco", "cigarettes", drug=False),
)
INJECTING = (
    Item("injecting_days", "Days on which the person injected", DAYS),
    Item("shared_needle", "Injected with a needle that somebody else had used?"),
    Item("shared_equipment", "Used a spoon, water or filter after somebody else?"),
)
CRIME = (
    Item("shoplifting_days", "Days of shoplifting", DAYS),
    Item("selling_days", "Days of selling drugs", DAYS),
    Item("theft", "Any other theft?"),
    Item("vehicle", "Any theft of or from a vehicle?"),
    Item("fraud", "Any fraud, forgery or handling of stolen goods?"),
    Item("assault", "Any assault or violence?"),
)
_POOR_TO_GOOD = "From 0, poor, to 20, good."
HEALTH = (
    Item("psychological", "How the person rates mood and feelings", 20, _POOR_TO_GOOD),
    Item("physical", "How the person rates physical health", 20, _POOR_TO_GOOD),
    Item("quality", "How the person rates life as a whole", 20, _POOR_TO_GOOD),
    Item("work_days", "Days in paid work", DAYS),
    Item("education_days", "Days at school, college or training", DAYS),
    Item("housing_problem", "An acute housing problem?"),
    Item("eviction_risk", "At risk of losing the home?"),
)
GROUPS = (("Injecting", INJECTING), ("Crime", CRIME), ("Health and social life", HEALTH))
ITEMS = (*INJECTING, *CRIME, *HEALTH)
AFTER_INJECTING = ("shared_needle", "shared_equipment")


@dataclass(frozen=True)
class Period:
    """The days that the answers are about, or on which a profile may be made: both ends belong to it."""

    first: object
    last: object

    @property
    def days(self):
        return (self.last - self.first).days + 1

    def __contains__(self, day):
        return self.first <= day <= self.last


def reference(stage, done_on, received_on):
    """The four weeks that are asked about: before custody at the start, else the last ones.

    Being received into custody begins the count anew, so later profiles never reach back before it (domain.md 4.1).
    """
    if stage == "START":
        return Period(received_on - timedelta(days=DAYS), received_on - timedelta(days=1))
    first = max(done_on - timedelta(days=DAYS), min(received_on, done_on - timedelta(days=1)))
    return Period(first, done_on - timedelta(days=1))


def window(stage, prison, *, treated_from=None, last_on=None, ended_on=None):
    """When a profile of this stage is made, by the settings of ``prison``; None where nothing says so yet.

    ``treated_from``: the start of treatment (``Case.objects.with_treatment_start``); ``last_on``: the last profile; ``ended_on``: the end.
    """
    if stage == "START" and treated_from:
        return _around(treated_from, prison.top_start_days)
    if stage == "REVIEW" and last_on:
        first, last = prison.top_review_from_days, prison.top_review_until_days
        return Period(last_on + timedelta(days=first), last_on + timedelta(days=last))
    if stage == "EXIT" and ended_on:
        return _around(ended_on, prison.top_exit_days)
    return None


def _around(day, days):
    return Period(day - timedelta(days=days), day + timedelta(days=days))


def check(answers, period):
    """The answers as they are kept, and sentences that warn of what is unlikely. ValidationError by field for what cannot be.

    Numbers come as int (amounts also with decimals), everything may be ``NA``.
    """
    known = {"other_name", *(item.code for item in ITEMS)}
    known |= {name for line in LINES for name in (*line.weeks, line.total, line.amount)}
    errors = {name: "There is no such question." for name in answers if name not in known}
    kept = {"version": VERSION}
    for line in LINES:
        _check_line(line, answers, kept, errors)
    _check_other(answers, kept, errors)
    for item in ITEMS:
        _check_item(item, answers, kept, errors)
    if errors:
        raise ValidationError(errors)
    return kept, warnings(kept, period)


def _is_number(value, most):
    return type(value) is int and 0 <= value <= most


def _check_line(line, answers, kept, errors):
    weeks, total = [answers.get(name) for name in line.weeks], answers.get(line.total)
    if wrong := [name for name in line.weeks if answers.get(name) is not None and not _is_number(answers[name], WEEK)]:
        errors |= dict.fromkeys(wrong, f"{line.label}: a week has 0 to 7 days.")
        return
    if total is not None and total != NA and not _is_number(total, DAYS):
        errors[line.total] = f"{line.label}: four weeks have 0 to 28 days. Enter NA if the person would not say."
        return
    if weeks == [None] * 4 and total in (0, DAYS):
        weeks = [total // 4] * 4
    if total == NA and weeks == [None] * 4:
        kept |= dict.fromkeys((*line.weeks, line.total, line.amount), NA)
        return
    if None in weeks:
        errors[line.weeks[weeks.index(None)]] = (
            f"{line.label}: enter the days of each week. If it was no day or every day, 0 or 28 under “All” is enough."
        )
        return
    if total is not None and total != sum(weeks):
        said = "not disclosed" if total == NA else total
        errors[line.total] = f"{line.label}: the weeks add up to {sum(weeks)}, and the total says {said}."
        return
    kept |= dict(zip(line.weeks, weeks, strict=True)) | {line.total: sum(weeks)}
    _check_amount(line, answers.get(line.amount), sum(weeks), kept, errors)


def _check_amount(line, amount, days, kept, errors):
    if days == 0 and amount not in (None, NA, 0):
        errors[line.amount] = f"{line.label}: there were no days of use, so there is no amount."
    elif days == 0:
        kept[line.amount] = 0
    elif amount is None:
        errors[line.amount] = (
            f"{line.label}: enter how many {line.unit} on a day of use, or NA if the person would not say."
        )
    elif amount != NA and not (type(amount) in (int, float) and 0 < amount <= 1000):
        errors[line.amount] = f"{line.label}: enter an amount above 0, up to 1,000, or NA."
    else:
        kept[line.amount] = amount


def _check_other(answers, kept, errors):
    name = (answers.get("other_name") or "").strip()
    if len(name) > 60:
        errors["other_name"] = "Use 60 characters at most."
    if not name and kept.get("other_total") not in (0, NA, None):
        errors["other_name"] = "Say which other drug."
    kept["other_name"] = name


def _check_item(item, answers, kept, errors):
    value = answers.get(item.code)
    if value is None and item.code in AFTER_INJECTING and kept.get("injecting_days") == 0:
        value = "NO"
    if item.most is not None and not (value == NA or _is_number(value, item.most)):
        errors[item.code] = (
            f"{item.label}: enter a whole number from 0 to {item.most}, or NA if the person would not say."
        )
    elif item.most is None and value not in dict(ANSWERS):
        errors[item.code] = f"Answer “{item.label}”"
    elif item.code in AFTER_INJECTING and value == "YES" and kept.get("injecting_days") == 0:
        errors[item.code] = "The person did not inject on any day."
    else:
        kept[item.code] = value


def warnings(kept, period):
    """Sentences about what is unlikely in the answers, but possible."""
    return [*_unlikely(kept, period)]


def _unlikely(kept, period):
    injecting = kept["injecting_days"]
    drugs = [kept[line.total] for line in LINES if line.drug]
    if injecting != NA and NA not in drugs and injecting > max(drugs):
        yield f"Injecting on {_days(injecting)}, but no drug was used on more than {_days(max(drugs))}."
    over = [line.label for line in LINES if kept[line.total] != NA and kept[line.total] > period.days]
    if over:
        yield f"The period has only {_days(period.days)} since reception, and more were entered for: {', '.join(over)}."


def _days(number):
    return f"{number} day" if number == 1 else f"{number} days"


def sharing(answers):
    """Whether needles or other equipment were shared: YES if either was, NA if that cannot be said."""
    given = {answers[code] for code in AFTER_INJECTING}
    return "YES" if "YES" in given else NA if NA in given else "NO"
