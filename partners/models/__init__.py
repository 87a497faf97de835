"""What passes to partner agencies and comes from them: protocols, handovers, packs, answers, visits, meetings, notices."""

from partners.models.checks import ClinicalPart, WordsLeft
from partners.models.handover import Handover, HandoverAppointment, HandoverMove, HandoverReminder, ReleaseMove
from partners.models.link import HandoverLink, LinkView, Visitor
from partners.models.look import LastLook
from partners.models.meeting import Meeting, MeetingAction, MeetingAgency, MeetingItem, MeetingMinutes, MeetingSeries
from partners.models.notice import InwardNotice
from partners.models.pack import Pack
from partners.models.protocol import Protocol, ProtocolEvent
from partners.models.release import Aftercare, ReleasePlan
from partners.models.visit import KeyHolder, OutwardReferral, WingVisit, WingVisitLine

__all__ = [
    "Aftercare",
    "ClinicalPart",
    "Handover",
    "HandoverAppointment",
    "HandoverLink",
    "HandoverMove",
    "HandoverReminder",
    "InwardNotice",
    "KeyHolder",
    "LastLook",
    "LinkView",
    "Meeting",
    "MeetingAction",
    "MeetingAgency",
    "MeetingItem",
    "MeetingMinutes",
    "MeetingSeries",
    "OutwardReferral",
    "Pack",
    "Protocol",
    "ProtocolEvent",
    "ReleaseMove",
    "ReleasePlan",
    "Visitor",
    "WingVisit",
    "WingVisitLine",
    "WordsLeft",
]
