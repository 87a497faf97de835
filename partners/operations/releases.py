"""What a release date that was moved does to the handovers that were begun before."""

from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import Notice
from casework.operations import mail
from partners.models import Handover, ReleaseMove
from partners.queries import releases as queries
from partners.queries import reminders


@transaction.atomic
def follow(*, spells, by, at):
    """Let the handovers of people whose release dates were changed in ``spells`` (keys) follow, and say so where it matters.

    From the new date everything that is due is counted again. Who may be told is told: the agency that sees the handover, who made
    it, and who holds the case. What was sent stays as it was: the pages warn until the pack is amended.
    """
    rows = (
        Handover.objects.select_for_update(of=["self"]).filter(case__spell__in=spells).exclude(state__in=queries.OVER)
    )
    rows = list(rows.select_related("prison", "agency", "case").order_by("pk"))
    shared = set(Handover.objects.filter(pk__in=[row.pk for row in rows]).shared().values_list("pk", flat=True))
    for row, after_on in queries.moved(rows, at=at):
        move = ReleaseMove.objects.create(
            handover=row,
            prison_id=row.prison_id,
            agency_id=row.agency_id,
            before_on=row.release_on,
            after_on=after_on,
            at=at,
        )
        if after_on:
            row.release_on = after_on
            row.raise_version(None)
            row.save(update_fields=["release_on", "version"])
        for told in reminders.workers(row) + (reminders.agency(row) if row.pk in shared else []):
            mail.ask(kind=Notice.RELEASE_MOVED, about=f"release move {move.pk}", by=by, at=at, **told)
        audit.record(by=by, action="handover.release_moved", target=row, before_on=move.before_on, after_on=after_on)


@transaction.atomic
def see(*, handover, by, at=None):
    """Somebody of the team has looked at what a moved release means for ``handover``."""
    moves = ReleaseMove.objects.visible_to(by).filter(handover=handover, seen_at=None)
    count = moves.update(seen_at=at or timezone.now(), seen_by=by)
    audit.record(by=by, action="handover.release_move_seen", target=handover, count=count)
