"""Who declined and is to be offered again: somebody changes his mind more often than he says so (domain.md 8.3)."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import DateField, Exists, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce

from casework.models import Case, CustodySpell, Location
from referrals.models import Offer, Referral, Triage
from referrals.queries import page as pages

PAGE = 100


@dataclass
class Due:
    """Somebody to be asked again: ``asked_on`` is when he last said no, ``due_on`` when he is to be asked, ``times`` how often he was."""

    triage: Triage
    location: Location | None
    asked_on: object
    due_on: object
    times: int

    @property
    def person(self):
        return self.triage.person

    @property
    def where(self):
        """The cell or, failing that, where else the person is."""
        return self.location and (self.location.cell or self.location.get_whereabouts_display())


def standing(user):
    """Everybody who declined and might be asked again, today or later, as triages with ``asked_on``, the day of his last no.

    Still in the same stay and on the roll, no referral or case since, and he did not say that he wants to be left alone.
    """
    same = {"person": OuterRef("person"), "prison": OuterRef("prison")}
    spells = CustodySpell.objects.on_roll().filter(pk=OuterRef("referral__spell"))
    later = Referral.objects.filter(**same, made_at__gt=OuterRef("recorded_at"))
    cases = Case.objects.filter(Q(closed_on=None) | Q(opened_on__gte=OuterRef("done_on")), **same)
    offers = Offer.objects.filter(triage=OuterRef("pk"))
    last = offers.order_by("-asked_on", "-pk").values("asked_on")[:1]
    declined = Triage.objects.visible_to(user).filter(outcome=Triage.Outcome.DECLINED, ask_again=True)
    declined = declined.filter(Exists(spells), ~Exists(later), ~Exists(cases))
    declined = declined.exclude(Exists(offers.exclude(answer=Offer.Answer.DECLINED)))
    return declined.annotate(asked_on=Coalesce(Subquery(last, DateField()), "done_on"))


def due(user, *, today):
    """Triages of those to be asked again by ``today``, the longest waiting first: a QuerySet, one query."""
    until = today - timedelta(days=user.prison.reoffer_days)
    return standing(user).filter(asked_on__lte=until).select_related("person").order_by("asked_on", "pk")


def page(user, *, today, wing=None, after=None):
    """A page of ``Due``, behind the triage with the key ``after``. Three queries, and one more behind a page."""
    here = Prefetch(
        "referral__spell__locations", Location.objects.filter(until_at=None).select_related("wing"), to_attr="now"
    )
    found = due(user, today=today)
    if wing:
        found = found.filter(referral__spell__in=Location.objects.filter(until_at=None, wing=wing).values("spell"))
    edge = standing(user).filter(pk=after).values_list("asked_on", "pk").first() if after else None
    found = pages.behind(found, ["asked_on"], edge)
    found = pages.of(found.select_related("referral__spell").prefetch_related(here, "offers"), PAGE)
    return pages.Page([_due(triage, user.prison) for triage in found.rows], found.next_key)


def _due(triage, prison):
    return Due(
        triage=triage,
        location=next(iter(triage.referral.spell.now), None),
        asked_on=triage.asked_on,
        due_on=triage.asked_on + timedelta(days=prison.reoffer_days),
        times=len(triage.offers.all()),
    )
