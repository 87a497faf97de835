"""Slips: what may be ticked on one, and those from the kiosks that wait to be matched."""

from casework.queries import finder, similar
from referrals.models import Slip, Source, Want
from referrals.queries import page as pages

ROWS = 20
PAGE = 50
URGENT_SIGNS = {Slip.Urgent.DETOX: "DETOX", Slip.Urgent.UTI: "INFLUENCE"}


def boxes():
    """The boxes of the printed slip, numbered from 1 as they are printed: (number, code, words)."""
    return [(number, want.code, want.name) for number, want in enumerate(Want.objects.current(), start=1)]


def waiting(user):
    """Slips from the kiosks that nobody has matched yet, oldest first."""
    return Slip.objects.visible_to(user).waiting().select_related("wing")


def page(user, after=None):
    """A page of those; ``after``: key of the slip with which the page before ended."""
    edge = Slip.objects.visible_to(user).filter(pk=after).values_list("received_at", "pk").first() if after else None
    return pages.of(pages.behind(waiting(user), ["received_at"], edge), PAGE)


def candidates(slip, user):
    """Who may be meant by ``slip``: the one with its number, if there is one, and people who fit nearly, each with why."""
    exact = finder.by_number(user, slip.number) if slip.number else None
    sought = similar.read(slip.name, number=slip.number, born=slip.date_of_birth)
    page = finder.by_name(user, slip.name) if slip.name.strip() else None
    named = [row for row in page.rows if row.person != exact] if page else []
    taken = [row.person.pk for row in named] + ([exact.pk] if exact else [])
    return exact, named, similar.people(user, sought, apart_from=taken)


def source(slip):
    """Where a referral made from ``slip`` comes from: the person himself, where the officer said so."""
    return Source.objects.get(code="SELF" if slip.asked_himself else "WING")
