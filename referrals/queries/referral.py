"""The referrals of one person, with what came of each."""

from django.db.models import Q

from referrals.models import Referral, Source
from referrals.queries import page as pages

PAGE = 25


def of_person(person, user, *, after=None):
    """Every referral of ``person`` in the prison of ``user``, newest first, each with what came of it."""
    referrals = answered(Referral.objects.visible_to(user)).filter(person=person)
    if after:
        earlier = Q(received_on__lt=after.received_on) | Q(received_on=after.received_on, pk__lt=after.pk)
        referrals = referrals.filter(earlier)
    return pages.of(referrals.order_by("-received_on", "-pk"), PAGE)


def answered(referrals):
    """``referrals`` with all that a page says about each: one query."""
    own = referrals.select_related("source", "made_by", "triage__done_by", "case")
    return own.select_related("repeat_of__triage__done_by", "person", "prison")


def answer(referral):
    """The triage of ``referral``, or of the one it repeats; None while it waits."""
    asked = referral.repeat_of or referral
    return getattr(asked, "triage", None)


def sources():
    """The sources in use, in their groups, as a select shows them: self first, then inside, then outside."""
    current = list(Source.objects.filter(ended_on=None))
    order = [Source.Group.SELF, Source.Group.INTERNAL, Source.Group.EXTERNAL]
    return [(group.label, [(source.pk, source.name) for source in current if source.group == group]) for group in order]
