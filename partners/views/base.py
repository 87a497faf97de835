"""What the pages on both sides share: one handover, one click on it, the way back, the rest of a list."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect

from casework.queries import people
from partners.models import Handover
from partners.queries import releases

ROWS = 25


def handover(request, handover_id):
    rows = Handover.objects.visible_to(request.user).select_related("agency", "prison")
    row = get_object_or_404(rows, pk=handover_id)
    enter(request, row)
    return row


def enter(request, row):
    """Staff come to a handover or a pack as to the record of its person: outside their own work with a reason."""
    if not request.user.is_partner:
        people.entered(request.user, row.person_id)


def do(request, operation, handover_id, success):
    """One click that moves a handover on."""
    row = handover(request, handover_id)
    try:
        operation(handover=row, by=request.user)
    except ValidationError as error:
        return back(request, row, *error.messages)
    return back(request, row, success=success)


def back(request, row, *refusals, success=""):
    """To the page of a handover, as its reader sees it, with what came of the click."""
    for refusal in refusals:
        messages.error(request, refusal)
    if success:
        messages.success(request, success)
    return redirect("partners:received" if request.user.is_partner else "partners:handover", row.pk)


def key(request):
    """The key behind which a list goes on, as the address gives it; None for anything that is no key."""
    after = request.GET.get("after", "")
    return int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else None


def told(row, pack):
    """What the pages of a handover say on both sides: appointments, and how its release moved."""
    moves = list(row.release_moves.all())
    return {
        "appointments": row.appointments.all(),
        "within": row.prison.appointment_within_days,
        "release_warnings": releases.warnings(row, moves, pack),
        "is_unseen": any(move.seen_at is None for move in moves),
    }


def older(request, rows):
    """The address of the next rows of a list in order of release date, or nothing where these are all."""
    if len(rows) <= ROWS:
        return ""
    last, given = rows[ROWS - 1], request.GET.copy()
    given["after"] = f"{last.release_on:%Y-%m-%d}_{last.pk}"
    return f"?{given.urlencode()}"
