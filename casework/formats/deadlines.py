"""What is owed and by when: facts and the timers of a prison go in, due dates come out. No query and no clock.

The periods are settings of each prison (``Prison``, the defaults are those of domain.md 8.4); here is what they are counted from. Days
are dates in London, so that a change of the clocks moves nothing; working days know weekends and the bank holidays of England.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum

from casework.formats import outcomes_profile, working_days

SOON_DAYS = 7
REFERRAL_WORKING_DAYS = 5


class Kind(Enum):
    """A thing that is owed, in the order in which what falls on one day is shown."""

    TRIAGE = "Triage"
    OFFER_AGAIN = "Offer our help again"
    FIRST_INTERVENTION = "First intervention"
    COMPREHENSIVE = "Comprehensive assessment"
    PLAN = "Recovery plan"
    PLAN_REVIEW = "Review of the plan"
    CLINICAL_REVIEW = "Joint clinical review"
    TOP_START = "Outcomes profile: start"
    TOP_REVIEW = "Outcomes profile: review"
    TOP_EXIT = "Outcomes profile: exit"
    ACTION = "Action of the plan"
    TELL_COMMUNITY = "Send the handover"
    APPOINTMENT = "Appointment after release"
    ACKNOWLEDGE = "Answer of the agency"
    ANSWER = "Answer to the agency"
    OUTWARD_ANSWER = "Answer to our referral"
    OUTWARD_SEEN = "Look at the agency’s answer"
    CONSENT = "Consent runs out"
    PROTOCOL = "Protocol runs out"
    WRITE_UP = "Write up the session"
    MONTHLY_RETURN = "Monthly return"

    @property
    def code(self):
        """The word that stands for the kind in an address."""
        return self.name.lower().replace("_", "-")


PLACE = {kind: place for place, kind in enumerate(Kind)}


class State(Enum):
    """How a due date stands on a day."""

    OVERDUE = "Overdue"
    TODAY = "Due today"
    SOON = "Due within 7 days"
    LATER = "Later"


@dataclass(frozen=True)
class Due:
    """One thing owed. ``on``: the last day on which it is in time; ``key``: the row it is about, where that is not the case."""

    kind: Kind
    on: date
    detail: str = ""
    key: int | None = None

    def state(self, today):
        if self.on <= today:
            return State.OVERDUE if self.on < today else State.TODAY
        return State.SOON if self.on <= today + timedelta(days=SOON_DAYS) else State.LATER


@dataclass
class Clinical:
    """An open clinical strand: when it started, how many joint reviews it had, and the day of the last."""

    name: str
    started_on: date
    reviews: int = 0
    last_review_on: date | None = None
    key: int | None = None


@dataclass
class Handed:
    """A live handover of a case: its agency, when it last came to wait there, whether it is answered, and what it says already.

    ``appointment``: it names one or says why there is none, or the agency offered one. ``asked_on``: the day of a query or a refusal
    that the agency has no answer to.
    """

    agency: str
    sent_on: date | None = None
    answered: bool = False
    asked_on: date | None = None
    appointment: bool = False
    naloxone: bool = False
    advice: bool = False
    key: int | None = None


@dataclass
class Facts:
    """What is known of an open case on a day. ``asked``: whether the person was asked about any agency; ``consented``: some may be told."""

    opened_on: date
    referred_on: date | None = None
    suspended: bool = False
    treated_from: date | None = None
    first_contact_on: date | None = None
    comprehensive_on: date | None = None
    plan_agreed_on: date | None = None
    profile_on: date | None = None
    closing_from: date | None = None
    release_on: date | None = None
    release_known_on: date | None = None
    exit_profile: bool = False
    asked: bool = False
    consented: bool = False
    clinical: list = field(default_factory=list)
    handovers: list = field(default_factory=list)
    outward: list = field(default_factory=list)  # (agency, day of the referral, day of the answer or None, key)
    consents: list = field(default_factory=list)  # (agency, last day, key)
    actions: list = field(default_factory=list)  # (what, day, key)


def triage_on(received_on, *, priority, timers):
    """The last day on which triage of a referral is in time."""
    return working_days.after(received_on, timers.priority_working_days if priority else timers.triage_working_days)


def offer_again_on(declined_on, timers):
    """The day on which somebody who declined is offered help again (domain.md 2.1)."""
    return declined_on + timedelta(days=timers.reoffer_days)


def plan_review_on(agreed_on, timers):
    """The last day on which the review of a plan is in time."""
    return agreed_on + timedelta(days=timers.plan_review_days)


def clinical_review_on(strand, timers):
    """The last day on which the next joint review is in time: day 5, day 28, then every 13 weeks (domain.md 2.9).

    A review held on the second of these days or later answers for the first as well.
    """
    second = strand.started_on + timedelta(days=timers.clinical_second_review_days)
    if strand.reviews == 0:
        return strand.started_on + timedelta(days=timers.clinical_first_review_days)
    if strand.reviews == 1 and strand.last_review_on < second:
        return second
    return strand.last_review_on + timedelta(weeks=timers.clinical_review_weeks)


def acknowledge_on(sent_on, timers):
    """The last day on which an agency answers a handover in time."""
    return working_days.after(sent_on, timers.acknowledge_working_days)


def answer_referral_on(made_on):
    """The last day on which an agency answers a referral to it in time."""
    return working_days.after(made_on, REFERRAL_WORKING_DAYS)


def ask_agency_on(sent_on, timers):
    """The working day on which an agency is reminded that did not answer in time (domain.md 8.3)."""
    return working_days.after(acknowledge_on(sent_on, timers), 1)


def tell_manager_on(sent_on, timers):
    """The working day on which our manager is told that the reminder did not help either."""
    return working_days.after(acknowledge_on(sent_on, timers), 2)


def book_appointment_by(release_on, timers):
    """The last day on which the first appointment after a release is booked in time."""
    return release_on - timedelta(days=timers.appointment_booked_days)


def outcome_asked_on(released_on, timers):
    """The days on which an agency is asked what came of the first appointment; after the last one nobody asks any more."""
    return [released_on + timedelta(days=days) for days in [7, 14, timers.appointment_within_days]]


def write_up_by(held_at, timers):
    """The moment until which a session is written up in time."""
    return held_at + timedelta(hours=timers.write_up_hours)


def monthly_return_on(first_of_month, timers):
    """The day on which the return for the month that began on ``first_of_month`` is due."""
    following = (first_of_month + timedelta(days=31)).replace(day=1)
    return following.replace(day=timers.monthly_return_day)


def of_case(facts, timers, today):
    """Everything that is owed for one open case, by due date. What may not be done yet is not owed yet."""
    owed = [*_about_release(facts, timers, today), *_about_sharing(facts, timers)]
    if not facts.suspended:  # While a person is away the work rests; what his release asks for does not.
        owed += [*_about_work(facts, timers), *_about_outcomes(facts, timers, today)]
    return sorted(owed, key=order)


def order(due):
    """The order in which things owed are shown: those due first stand first."""
    return due.on, PLACE[due.kind], due.key or 0


def _about_work(facts, timers):
    if facts.first_contact_on is None:
        since = facts.referred_on or facts.opened_on
        yield Due(Kind.FIRST_INTERVENTION, since + timedelta(days=timers.first_intervention_days))
    if facts.comprehensive_on is None:
        yield Due(Kind.COMPREHENSIVE, working_days.after(facts.opened_on, timers.comprehensive_working_days))
    elif facts.plan_agreed_on is None:  # Agreed when the comprehensive assessment is done (domain.md 2.9).
        yield Due(Kind.PLAN, facts.comprehensive_on)
    if facts.plan_agreed_on:
        yield Due(Kind.PLAN_REVIEW, plan_review_on(facts.plan_agreed_on, timers))
    for strand in facts.clinical:
        yield Due(Kind.CLINICAL_REVIEW, clinical_review_on(strand, timers), strand.name, strand.key)
    for what, day, key in facts.actions:
        yield Due(Kind.ACTION, day, what, key)


def _about_outcomes(facts, timers, today):
    """The profile whose window is open; a start is owed at once. An exit is taken before somebody leaves, not after."""
    leaving = min((day for day in [facts.release_on, facts.closing_from] if day), default=None)
    leave = outcomes_profile.window("EXIT", timers, ended_on=leaving)
    start = outcomes_profile.window("START", timers, treated_from=facts.treated_from)
    review = outcomes_profile.window("REVIEW", timers, last_on=facts.profile_on)
    if leave and leave.first <= today:
        if not facts.exit_profile:
            yield Due(Kind.TOP_EXIT, leaving)
    elif start and not review:
        yield Due(Kind.TOP_START, start.last)
    elif review and review.first <= today:
        yield Due(Kind.TOP_REVIEW, review.last)


def _about_release(facts, timers, today):
    """What a release date asks for. One that became known late asks from the day it was known."""
    for handed in facts.handovers:
        if handed.sent_on and not handed.answered:
            yield Due(Kind.ACKNOWLEDGE, acknowledge_on(handed.sent_on, timers), handed.agency, handed.key)
        if handed.asked_on:
            yield Due(Kind.ANSWER, acknowledge_on(handed.asked_on, timers), handed.agency, handed.key)
    refused = facts.asked and not facts.consented and not facts.handovers
    if facts.release_on is None or refused:
        return
    known_on = max(day for day in [facts.opened_on, facts.release_known_on] if day)
    if not any(handed.sent_on for handed in facts.handovers):
        due_on = facts.release_on - timedelta(days=timers.tell_community_days)
        yield Due(Kind.TELL_COMMUNITY, max(due_on, known_on))
    if not any(handed.appointment for handed in facts.handovers):
        yield Due(Kind.APPOINTMENT, max(book_appointment_by(facts.release_on, timers), known_on))


def _about_sharing(facts, timers):
    for agency, made_on, answered_on, key in facts.outward:
        if answered_on:
            yield Due(Kind.OUTWARD_SEEN, acknowledge_on(answered_on, timers), agency, key)
        else:
            yield Due(Kind.OUTWARD_ANSWER, answer_referral_on(made_on), agency, key)
    for agency, last_day, key in facts.consents:
        yield Due(Kind.CONSENT, last_day, agency, key)
