"""Every figure of the monthly return, each defined once: the records behind it, and from them the number and the list.

A figure about people takes its records from people, one row each, so that nobody is counted twice (domain.md 7.3).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import F, Q

from casework.models import Case, Person
from interventions.models import Contact
from referrals.models import Referral, Triage
from referrals.queries import target


@dataclass(frozen=True)
class Indicator:
    """``records``: from a prison and a month to the rows that count. ``sentence`` may name settings of the ``{prison}``."""

    name: str
    title: str
    sentence: str
    unit: str
    records: Callable

    parts = {"all": "All"}

    def definition(self, prison):
        return self.sentence.format(prison=prison)

    def part(self, which, prison, month):
        """The records of one part; an indicator that is no rate has only ``all``."""
        return self.records(prison, month)

    def figure(self, prison, month):
        """The value with all that has to stand beside it, as plain data."""
        return {**self._about(prison), "value": self.records(prison, month).count()}

    def people(self, prison, month):
        """Part → key of the person → how many of the records that the figure counts are his."""
        return {part: _by_person(self.part(part, prison, month)) for part in ("all", "met") if part in self.parts}

    def _about(self, prison):
        return {"title": self.title, "definition": self.definition(prison), "unit": self.unit}


@dataclass(frozen=True)
class Rate(Indicator):
    """A share, in per cent, of the ``records``: those for which the condition ``met`` holds."""

    met: Q
    met_title: str
    missed_title: str

    @property
    def parts(self):
        return {"all": "All", "met": self.met_title, "missed": self.missed_title}

    def part(self, which, prison, month):
        records = self.records(prison, month)
        met = records.filter(self.met)
        return {"all": records, "met": met, "missed": records.exclude(pk__in=met.values("pk"))}[which]

    def figure(self, prison, month):
        numerator = self.part("met", prison, month).count()
        denominator = self.records(prison, month).count()
        return {**self._about(prison), **share(numerator, denominator)}


def share(numerator, denominator):
    """Two numbers with their share in per cent, which is None of nothing."""
    value = round(100 * numerator / denominator, 1) if denominator else None
    return {"value": value, "numerator": numerator, "denominator": denominator}


def _by_person(records):
    """How many of ``records`` are about whom."""
    whose = "pk" if records.model is Person else "person"
    return {str(key): number for key, number in Counter(records.order_by().values_list(whose, flat=True)).items()}


def new_referrals(prison, month):
    return Referral.objects.filter(prison=prison, repeat_of=None, received_on__range=month.days)


def initial_assessments(prison, month):
    return Triage.objects.filter(prison=prison, outcome__in=Triage.ASSESSED, done_on__range=month.days)


def caseload(prison, month):
    still_open = Q(closed_on=None) | Q(closed_on__gt=month.reached)
    cases = Case.objects.filter(still_open, prison=prison, opened_on__lte=month.reached)
    return Person.objects.filter(pk__in=cases.values("person"))


def _took_place(prison, month):
    return Contact.objects.took_place().filter(prison=prison, at__gte=month.starts_at, at__lt=month.ends_at)


def interventions(prison, month):
    return _took_place(prison, month).filter(type__counted=True)


def structured_one_to_ones(prison, month):
    long_enough = Q(minutes__gte=prison.structured_minutes, case__isnull=False)
    return _took_place(prison, month).filter(long_enough, type__structured=True, type__group=False)


def group_attendances(prison, month):
    return _took_place(prison, month).filter(type__group=True)


def people_in_groups(prison, month):
    return Person.objects.filter(pk__in=group_attendances(prison, month).values("person"))


def triages_due(prison, month):
    """Referrals whose triage fell due on a day of the month that is over, with that day as ``due_on``."""
    received = Referral.objects.filter(prison=prison, repeat_of=None)
    return target.due_between(received, prison, month.first, month.completed)


ALL = [
    Indicator(
        "new_referrals",
        "New referrals",
        "Referrals received in the month. A referral of somebody who already had one waiting is kept but not counted again.",
        "referrals",
        new_referrals,
    ),
    Indicator(
        "initial_assessments",
        "Initial assessments",
        "Triages done in the month in which somebody was seen and assessed, whether a case was opened or one was open already.",
        "assessments",
        initial_assessments,
    ),
    Indicator(
        "caseload",
        "Caseload",
        "Different people with an open case at 23:59 on the last day of the month; while the month runs, now.",
        "people",
        caseload,
    ),
    Indicator(
        "interventions",
        "Interventions",
        "Face-to-face contacts in the month that took place, of every kind that counts. A group of ten people counts as ten.",
        "contacts",
        interventions,
    ),
    Indicator(
        "structured_one_to_ones",
        "Structured one-to-ones",
        "Booked one-to-one sessions with somebody who has a case that took place in the month and lasted at least "
        "{prison.structured_minutes} minutes.",
        "contacts",
        structured_one_to_ones,
    ),
    Indicator(
        "people_in_groups",
        "People in groups",
        "Different people who came to at least one group in the month.",
        "people",
        people_in_groups,
    ),
    Indicator(
        "group_attendances",
        "Group attendances",
        "Places taken in groups in the month: somebody who came to three groups counts three times.",
        "contacts",
        group_attendances,
    ),
    Rate(
        "triaged_in_time",
        "Triaged in time",
        "Of the referrals whose triage fell due in the month (working days allowed: {prison.triage_working_days}, for a "
        "priority {prison.priority_working_days} from the day it became one; repeats left out), those triaged by the day it was due.",
        "per cent",
        triages_due,
        met=Q(triage__done_on__lte=F("due_on")),
        met_title="In time",
        missed_title="Late or still waiting",
    ),
]
BY_NAME = {indicator.name: indicator for indicator in ALL}
