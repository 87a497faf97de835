"""Support after release: for whom it may be given, and what was. It ends by itself, eight weeks after the release (domain.md 8.4)."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, Prefetch
from django.db.models.functions import TruncDate
from django.utils import timezone

from casework.models import Allocation, Case, CustodySpell
from partners.models import Aftercare

DAYS = 56
End = CustodySpell.End
RELEASED = [End.RELEASED, End.RELEASED_COURT, End.RELEASED_HOSPITAL]


@dataclass
class Support:
    """Somebody who was released ``on`` a day with an open case, supported until ``until``; ``contacts``: newest first."""

    case: Case
    on: date
    until: date
    contacts: list

    @property
    def last(self):
        return self.contacts[0] if self.contacts else None

    @property
    def declined(self):
        return any(contact.outcome == Aftercare.Outcome.DECLINED for contact in self.contacts)


def supported(user, *, today, person=None):
    """Everybody in support after release, or one ``person``: those released last stand last. Three queries."""
    line = timezone.localtime() - timedelta(days=DAYS + 2)
    cases = with_need(Case.objects.visible_to(user)).filter(spell__ended_at__gte=line)
    if person:
        cases = cases.filter(person=person)
    back = CustodySpell.objects.current().filter(person=OuterRef("person"), prison=OuterRef("prison"))
    died = CustodySpell.objects.filter(person=OuterRef("person"), end=End.DIED)
    contacts = Aftercare.objects.visible_to(user).select_related("by")
    allocations = Allocation.objects.order_by("-from_at").select_related("worker")
    cases = cases.exclude(Exists(back)).exclude(Exists(died)).select_related("person", "spell", "prison")
    cases = cases.prefetch_related(
        Prefetch("aftercare", contacts, to_attr="support"), Prefetch("allocations", allocations, to_attr="held")
    )
    found = [_support(case) for case in cases.order_by("spell__ended_at", "pk")]
    return [one for one in found if one.until >= today]


def with_need(cases):
    """Those of ``cases`` that were open when their person was released: he left with a need."""
    return cases.filter(spell__end__in=RELEASED).exclude(closed_on__lt=ended_on())


def ended_on():
    """The day in London on which the stay of a case ended."""
    return TruncDate(F("spell__ended_at"), tzinfo=timezone.get_default_timezone())


def _support(case):
    on = timezone.localdate(case.spell.ended_at)
    return Support(case, on, on + timedelta(days=DAYS), case.support)
