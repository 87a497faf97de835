"""What the team does with people. Every face-to-face piece of work is one contact per person, and all activity figures come from it."""

from interventions.models.appointment import Appointment, AppointmentMove, Commitment
from interventions.models.contact import Contact, ContactType, GoalTouched, Topic, WingRound
from interventions.models.drug_test import DrugTest, DrugTestCorrection, TestList
from interventions.models.group import (
    Facilitator,
    FeedbackSheet,
    GroupSession,
    Guest,
    GuestVisit,
    RegisterChange,
    Seat,
    Series,
    SeriesWorker,
)
from interventions.models.peer import PeerStep, PeerSupporter, PeerWing, Supervision
from interventions.models.programme import Audience, Certificate, Coverage, Enrolment, EnrolmentMove, Programme
from interventions.models.unit import Breach, CompactSigned, CompactTerms, UnitReview, UnitStay

__all__ = [
    "Appointment",
    "AppointmentMove",
    "Audience",
    "Breach",
    "Certificate",
    "Commitment",
    "CompactSigned",
    "CompactTerms",
    "Contact",
    "ContactType",
    "Coverage",
    "DrugTest",
    "DrugTestCorrection",
    "Enrolment",
    "EnrolmentMove",
    "Facilitator",
    "FeedbackSheet",
    "GoalTouched",
    "GroupSession",
    "Guest",
    "GuestVisit",
    "PeerStep",
    "PeerSupporter",
    "PeerWing",
    "Programme",
    "RegisterChange",
    "Seat",
    "Series",
    "SeriesWorker",
    "Supervision",
    "TestList",
    "Topic",
    "UnitReview",
    "UnitStay",
    "WingRound",
]
