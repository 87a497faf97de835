"""The referrals of one person, with what came of each."""

from django.db.models import Q

from referrals.models import Referral, Sign, Source, Want
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
    own = referrals.select_related("source", "wing", "made_by", "triage__done_by", "case")
    return own.select_related("repeat_of__triage__done_by", "person", "prison")


def answer(referral):
    """The triage of ``referral``, or of the one it repeats; None while it waits."""
    asked = referral.repeat_of or referral
    return getattr(asked, "triage", None)


def sources():
    """The sources that may be chosen, in their groups, as a select shows them: self first, then inside, then outside."""
    current = list(Source.objects.current().exclude(code=Source.OFFERED_AGAIN))
    order = [Source.Group.SELF, Source.Group.INTERNAL, Source.Group.EXTERNAL]
    return [(group.label, [(source.pk, source.name) for source in current if source.group == group]) for group in order]


def wants():
    """What may be ticked as wanted, as pairs of code and name."""
    return list(Want.objects.current().values_list("code", "name"))


def signs():
    """What may be ticked as urgent, as pairs of code and name; one that goes with a source says so."""
    found = Sign.objects.current().select_related("source").order_by("source__name", "name")
    return [
        (sign.code, f"{sign.name} ({sign.source.name.lower()} only)" if sign.source else sign.name) for sign in found
    ]


def ticked(referral):
    """What was ticked on ``referral``, by name: ``wants`` and ``signs``, each in the order of its catalogue. A query for each."""
    return {"wants": _names(Want, referral.wants), "signs": _names(Sign, referral.signs)}


def _names(catalogue, codes):
    """Entries that were ended are still called what they were called."""
    return list(catalogue.objects.filter(code__in=codes).values_list("name", flat=True)) if codes else []
