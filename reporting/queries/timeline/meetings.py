"""What recovery meetings said of somebody, and what came of it."""

from django.db.models import F
from django.db.models.functions import Coalesce

from partners.models import Meeting, MeetingAction, MeetingItem
from reporting.queries.staff import name_of
from reporting.queries.timeline.kind import Kind, end_of_day, of

KINDS = [
    Kind(
        "meeting",
        of(MeetingItem, removed_at=None, meeting__state__in=[Meeting.State.HELD, Meeting.State.CLOSED]),
        F("meeting__starts_at"),
        lambda what, more: "Talked about at the recovery meeting",
        who=name_of("meeting__made_by"),
        note=F("said"),
        page="partners:meeting_item",
    ),
    Kind(
        "meeting-action",
        of(MeetingAction, item__removed_at=None),
        F("made_at"),
        lambda what, more: f"Action agreed at the recovery meeting: {what}",
        who=name_of("made_by"),
        what=Coalesce(F("agency__name"), F("worker__full_name")),
        note=F("what"),
    ),
    Kind(
        "meeting-action-done",
        of(MeetingAction, item__removed_at=None, done_on__isnull=False),
        end_of_day("done_on"),
        lambda what, more: f"Action of the recovery meeting done: {what}",
        who=name_of("done_by"),
        what=F("what"),
        note=F("note"),
        whole_day=True,
    ),
]
