"""Reminding those who owe something about a handover. Each reminder is a row, so that it goes out once however often this runs."""

from django.db import transaction

from casework import audit
from casework.models import Notice
from casework.operations import mail
from partners.models import HandoverReminder
from partners.queries import reminders as queries

Kind = HandoverReminder.Kind
NOTICES = {
    Kind.ACKNOWLEDGE: Notice.HANDOVER_OVERDUE,
    Kind.TELL_MANAGER: Notice.HANDOVER_OVERDUE,
    Kind.APPOINTMENT: Notice.APPOINTMENT_WANTED,
    Kind.OUTCOME: Notice.OUTCOME_WANTED,
}
TOLD = {
    Kind.ACKNOWLEDGE: queries.agency,
    Kind.TELL_MANAGER: queries.managers,
    Kind.APPOINTMENT: lambda handover: queries.agency(handover) + queries.workers(handover),
    Kind.OUTCOME: queries.agency,
}


@transaction.atomic
def remind(*, handover_id, reminder, by, at):
    """Remind of one thing (``partners.queries.reminders.Reminder``), unless that was done or is owed no more. Says whether it was."""
    row = queries.live().select_for_update(of=["self"], skip_locked=True).filter(pk=handover_id).first()
    if row is None or reminder not in queries.owed(row, at):
        return False
    made, is_new = HandoverReminder.objects.get_or_create(
        handover=row,
        kind=reminder.kind,
        due_on=reminder.due_on,
        defaults={"prison_id": row.prison_id, "agency_id": row.agency_id, "at": at},
    )
    if is_new:
        about = f"handover {row.pk} {reminder.kind} {reminder.due_on}"
        for told in TOLD[reminder.kind](row):
            mail.ask(kind=NOTICES[reminder.kind], about=about, by=by, at=at, **told)
        audit.record(by=by, action="handover.reminded", target=row, kind=reminder.kind, due_on=reminder.due_on)
    return is_new
