"""Referrals to agencies: whom one may go to, and which wait for an answer."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from casework.formats import deadlines
from casework.models import Agency, Consent
from partners.models import OutwardReferral, Protocol

ROWS = 25
PURPOSES = [Consent.Purpose.HANDOVER, Consent.Purpose.WING_VISITS]


def agencies(person, prison_id):
    """The agencies to which ``person`` may be referred today: he agreed that they are told, and a protocol lets referrals pass."""
    today = timezone.localdate()
    agreed = Consent.objects.live(today).filter(person=person, prison=prison_id, purpose__in=PURPOSES)
    let = Protocol.objects.in_force(today).filter(prison=prison_id, items__contains=[Protocol.Item.OUT_REFERRAL])
    both = Agency.objects.current().exclude(kind__in=Agency.INWARD)
    return both.filter(pk__in=agreed.values("agency")).filter(pk__in=let.values("agency"))


def of_person(person, user):
    """Every referral of ``person`` to an agency, newest first."""
    rows = OutwardReferral.objects.visible_to(user).filter(person=person)
    return dated(rows.select_related("agency", "made_by", "answered_by"))


def standing(person, agency):
    """The referral of ``person`` that waits for the answer of ``agency`` already, or None."""
    return OutwardReferral.objects.filter(person=person, agency=agency, state=OutwardReferral.State.MADE).first()


def page(user, *, answered=False, after=None):
    """Up to ``ROWS`` of those that wait, oldest first, or of the answered, newest first; and the key of the last if there are more."""
    rows = OutwardReferral.objects.visible_to(user).select_related("agency", "prison")
    rows = rows if user.is_partner else rows.select_related("person")
    if answered:
        rows = rows.exclude(state=OutwardReferral.State.MADE).order_by("-pk")
        rows = rows.filter(pk__lt=after) if after else rows
    else:
        rows = rows.filter(state=OutwardReferral.State.MADE).order_by("pk")
        rows = rows.filter(pk__gt=after) if after else rows
    found = dated(rows[: ROWS + 1])
    return found[:ROWS], found[ROWS - 1].pk if len(found) > ROWS else None


def dated(rows):
    """``rows``, each with the day on which its answer is due, and whether it is late."""
    today, found = timezone.localdate(), list(rows)
    for row in found:
        row.due_on = deadlines.answer_referral_on(timezone.localdate(row.made_at))
        row.late = row.state == OutwardReferral.State.MADE and row.due_on < today
    return found


def due(user, today):
    """Those whose answer is due today, or was."""
    day = today
    while deadlines.answer_referral_on(day) > today:
        day -= timedelta(days=1)
    midnight = timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))
    waiting = OutwardReferral.objects.visible_to(user).filter(state=OutwardReferral.State.MADE)
    return waiting.filter(made_at__lt=midnight)


def waiting(user):
    """Those that wait for an answer."""
    return OutwardReferral.objects.visible_to(user).filter(state=OutwardReferral.State.MADE)
