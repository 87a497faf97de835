"""Release dates that move while a handover is under way."""

from datetime import date

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.formats import date_format

from casework.models import ReleaseDate
from partners.models import Handover, Pack, ReleaseMove

OVER = [Handover.State.CLOSED, Handover.State.RECALLED]


def moved(handovers, *, at):
    """(handover, the day that the prison gives now or None) for those of ``handovers`` whose release was moved at the moment ``at``.

    Whoever wrote it may have known better than the roll: a date that did not move is left alone, whatever the handover says.
    """
    today, rows = timezone.localdate(at), {}
    dates = ReleaseDate.objects.filter(spell__in={row.case.spell_id for row in handovers})
    dates = dates.exclude(kind__in=ReleaseDate.NO_RELEASE).exclude(on=None).exclude(superseded_at__lt=at)
    for spell, *known in dates.values_list("spell", "on", "recorded_at", "superseded_at"):
        rows.setdefault(spell, []).append(known)
    for row in handovers:
        known = rows.get(row.case.spell_id, [])
        was = [on for on, since, until in known if since < at and on >= min(today, row.release_on)]
        now = [on for on, since, until in known if until is None and on >= today]
        before, after = min(was, default=None), min(now, default=None)
        if before != after and after != row.release_on:
            yield row, after


def with_moves(handovers):
    """``handovers``, each with ``is_moved``: whether its release was moved and nobody of the team has looked at that."""
    return handovers.annotate(is_moved=Exists(ReleaseMove.objects.filter(handover=OuterRef("pk"), seen_at=None)))


def unseen(user):
    """Releases that were moved after a handover was begun, which nobody of the team of ``user`` has looked at."""
    rows = ReleaseMove.objects.visible_to(user).filter(seen_at=None)
    return rows.exclude(handover__state__in=OVER)


def warnings(handover, moves, pack):
    """What has to be said of the release date beside ``handover``: of its ``moves``, newest first, and of what its ``pack`` says."""
    if handover.state in OVER:
        return []
    found = []
    if moves:
        now = _day(moves[0].after_on) if moves[0].after_on else ""
        to = (
            f"moved from {_day(moves[0].before_on)} to {now}"
            if now
            else f"is not known any more; it was {_day(moves[0].before_on)}"
        )
        found.append(f"The release {to}.")
    if pack and pack.state == Pack.State.BUILT and (said := said_by(pack)) and said != handover.release_on:
        found.append(f"Pack {pack.number} says {_day(said)}.")
    return found


def differs(handover, next_release):
    """That the prison gives another day than ``handover`` says, where nobody noticed it move."""
    if handover.state in OVER or next_release in (None, handover.release_on):
        return []
    return [f"The prison now gives {_day(next_release)}; this handover says {_day(handover.release_on)}."]


def said_by(pack):
    """The day of release that a pack says, if it is one."""
    try:
        return date.fromisoformat((pack.content.get("custody") or {}).get("release_on") or "")
    except ValueError:
        return None


def _day(day):
    return date_format(day, "l j F Y")
