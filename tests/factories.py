"""Rows for tests, each plainly fictional. They are written as the system, past the operations, with believable defaults."""

import hashlib
import io
import itertools
from datetime import date, datetime, timedelta

from django.utils import timezone
from PIL import Image

from casework.access import Role
from casework.formats import cells, instruments, names, outcomes_profile, questions, reference, words
from casework.models import (
    Action,
    Agency,
    Alert,
    Allocation,
    Assessment,
    Attachment,
    Case,
    Consent,
    CoWorker,
    CustodySpell,
    Goal,
    JointReview,
    Location,
    Note,
    OutcomesProfile,
    Person,
    Plan,
    Prison,
    Score,
    Strand,
    Suspension,
    User,
    Wing,
)
from interventions.models import (
    Appointment,
    CompactTerms,
    Contact,
    ContactType,
    Facilitator,
    FeedbackSheet,
    GroupSession,
    Guest,
    PeerSupporter,
    PeerWing,
    Seat,
    UnitStay,
)
from partners.models import ClinicalPart, Handover, Pack, Protocol
from partners.queries import clinical, handovers, packs
from referrals.models import Referral, Source, Triage

counter = itertools.count(1)
PASSWORD = "correct-horse-battery"
DAY = date(2026, 10, 14)


def at(day=DAY, hour=10):
    """A moment on ``day`` at ``hour`` o'clock, London time."""
    return timezone.make_aware(datetime(day.year, day.month, day.day, hour))


def prison(code="LPI", name="Liverpool (HMP)"):
    return Prison.objects.get_or_create(code=code, defaults={"name": name})[0]


def wing(code="A", **given):
    given.setdefault("prison", prison())
    return Wing.objects.create(code=code, name=f"{code} wing", **given)


def agency(name="Liverpool DIP", *, contact="Jo Contact", **given):
    """An agency with its one point of contact, or without where ``contact`` is empty."""
    given.setdefault("mailbox", f"{name.lower().replace(' ', '.')}@agency.example")
    made, is_new = Agency.objects.get_or_create(name=name, defaults=given)
    if is_new and contact:
        made.people.create(name=contact, is_contact=True)
    return made


def user(role=Role.KEYWORKER, **given):
    number = next(counter)
    given.setdefault("username", f"user{number}")
    given.setdefault("full_name", f"Worker {number}")
    given.setdefault("employer", User.Employer.AGENCY if role == Role.PARTNER else User.Employer.CHARITY)
    given.setdefault("prison", prison())
    if role == Role.PARTNER:
        given.setdefault("agency", agency())
        given.setdefault(
            "second_factor_at", at()
        )  # Without the secret: no code is right. tests/casework/codes.py makes one.
    made = User(role=role, **given)
    made.set_password(PASSWORD)
    made.save()
    return made


def person(surname="Testerton", forenames="Sam", **given):
    number = next(counter)
    given.setdefault("number", f"A{number % 10000:04d}AA")
    given.setdefault("prison_ids", [prison().pk])
    given.setdefault("date_of_birth", date(1985, 4, 3))
    given.setdefault("sex", "M")
    return Person.objects.create(
        surname=surname,
        forenames=forenames,
        surname_key=given.pop("surname_key", surname.lower()),
        forenames_key=given.pop("forenames_key", forenames.lower()),
        surname_sound=names.sound(surname),
        **given,
    )


def spell(of=None, **given):
    given.setdefault("prison", prison())
    of = of or person(prison_ids=[given["prison"].pk])
    given.setdefault("received_on", DAY - timedelta(days=30))
    made = CustodySpell.objects.create(person=of, **given)
    if made.ended_at is None:
        Location.objects.create(
            spell=made, prison=made.prison, cell="A-1-001", cell_key="A-0001-0001", from_at=at(made.received_on)
        )
    return made


def source(code="SELF"):
    return Source.objects.get(code=code)


def referral(of=None, **given):
    given.setdefault("spell", None)
    stay = given.pop("spell") or spell(of)
    given.setdefault("source", Source.objects.get(code="SELF"))
    given.setdefault("received_on", DAY)
    given.setdefault("reason", "Wants help to stay off spice")
    given.setdefault("made_by", user())
    given.setdefault("made_at", at())
    return Referral.objects.create(person=stay.person, prison=stay.prison, spell=stay, **given)


def triage(of=None, **given):
    of = of or referral()
    given.setdefault("outcome", Triage.Outcome.OPEN)
    given.setdefault("done_on", DAY)
    given.setdefault("done_by", of.made_by)
    given.setdefault("recorded_at", at())
    of.triaged_at = given["recorded_at"]
    of.save()
    return Triage.objects.create(referral=of, person=of.person, prison=of.prison, **given)


def case(of=None, worker=None, **given):
    """An open case of a person (with a spell), held by ``worker`` where one is given."""
    stay = given.pop("spell", None) or (of and of.spells.first()) or spell(of)
    given.setdefault("opened_on", DAY)
    given["opened_by"] = given.get("opened_by") or worker or user()
    made = Case.objects.create(person=stay.person, prison=stay.prison, spell=stay, **given)
    if worker:
        Allocation.objects.create(case=made, prison=made.prison, worker=worker, from_at=at(), made_by=worker)
    return made


def assessment(of=None, kind="TRIAGE", *, version=None, **given):
    """An assessment of a case, begun and not completed unless ``done_on`` is given."""
    of = of or case(worker=user())
    asked = questions.get(kind, version) if version else questions.current(kind, of.opened_on)
    given.setdefault("questions", asked.key)
    given.setdefault("begun_at", at())
    given.setdefault("begun_by", of.opened_by)
    if given.get("done_on"):
        given.setdefault("completed_at", at(given["done_on"], 15))
        given.setdefault("completed_by", of.opened_by)
    return Assessment.objects.create(case=of, person=of.person, prison=of.prison, kind=kind, **given)


def score(of=None, tool="AUDIT_C", **given):
    """An administration of a questionnaire with its lowest answers, unless told otherwise."""
    of = of or case(worker=user())
    instrument = instruments.current()[tool]
    given.setdefault("about", "HEROIN" if instrument.names_drug else "")
    given.setdefault("items", {item.code: min(one.value for one in item.options) for item in instrument.items})
    result = instruments.score(instrument, given["items"], given["about"])
    given = {"total": result.total, "band": result.band, "asked_on": DAY, "recorded_at": at(), **given}
    given.setdefault("asked_by", of.opened_by)
    return Score.objects.create(
        case=of, person=of.person, prison=of.prison, tool=tool, tool_version=str(instrument.version), **given
    )


def profile(of=None, stage="START", **given):
    """An outcomes profile in which nothing was used and nothing happened, unless told otherwise."""
    of = of or case(worker=user())
    given.setdefault("done_on", DAY)
    given.setdefault("done_by", of.opened_by)
    given.setdefault("recorded_at", at())
    period = outcomes_profile.reference(stage, given["done_on"], of.spell.received_on)
    nothing = {line.total: 0 for line in outcomes_profile.LINES}
    nothing |= {item.code: 0 if item.most else "NO" for item in outcomes_profile.ITEMS}
    answers, _ = outcomes_profile.check({**nothing, **given.pop("answers", {})}, period)
    return OutcomesProfile.objects.create(
        case=of,
        person=of.person,
        prison=of.prison,
        stage=stage,
        period_from=period.first,
        period_until=period.last,
        answers=answers,
        **given,
    )


def alert(of=None, code="HA", **given):
    """An alert of the roll in force, unless told otherwise: an open ACCT."""
    given.setdefault("prison", prison())
    given.setdefault("from_at", at())
    return Alert.objects.create(person=of or person(), kind=reference.alert_type(code), code=code, **given)


def suspension(of=None, **given):
    """A case that rests, open unless told otherwise."""
    of = of or case()
    given.setdefault("reason", Suspension.Reason.SEGREGATION)
    given.setdefault("from_on", of.opened_on)
    given.setdefault("made_by", of.opened_by)
    given.setdefault("made_at", at())
    return Suspension.objects.create(case=of, person=of.person, prison=of.prison, **given)


def strand(of=None, **given):
    """A clinical strand of a case, as a nurse told it, unless told otherwise."""
    of = of or case()
    given.setdefault("kind", Strand.Kind.STABILISATION)
    given.setdefault("started_on", of.opened_on)
    if given["kind"] in Strand.CLINICAL:
        given = {"said_by": "Nurse A. Sample, IDTS", "said_on": given["started_on"], **given}
    given.setdefault("recorded_by", of.opened_by)
    given.setdefault("recorded_at", at())
    return Strand.objects.create(case=of, person=of.person, prison=of.prison, **given)


def joint_review(of=None, **given):
    of = of or strand()
    given.setdefault("done_on", of.started_on)
    given.setdefault("clinician", "Nurse A. Sample, IDTS")
    given.setdefault("recorded_by", of.recorded_by)
    given.setdefault("recorded_at", at())
    return JointReview.objects.create(strand=of, person=of.person, prison=of.prison, **given)


def co_worker(of=None, **given):
    of = of or case(worker=user())
    given["worker"] = given.get("worker") or user()
    given.setdefault("from_at", at())
    given.setdefault("made_by", of.opened_by)
    return CoWorker.objects.create(case=of, person=of.person, prison=of.prison, **given)


def end(row, **values):
    """Write ``values`` into a row, past the operations."""
    type(row).objects.filter(pk=row.pk).update(**values)
    row.refresh_from_db()


def contact(of=None, **given):
    of = of or case(worker=user())
    given.setdefault("worker", of.opened_by)
    given.setdefault("type", ContactType.objects.get(code="ONE_TO_ONE"))
    given.setdefault("at", at())
    given.setdefault("minutes", 45)
    given.setdefault("recorded_by", of.opened_by)
    given.setdefault("recorded_at", at())
    return Contact.objects.create(person=of.person, prison=of.prison, case=of, **given)


def appointment(of=None, **given):
    """A session that the worker of a case means to hold."""
    of = of or case(worker=user())
    given.setdefault("worker", of.opened_by)
    given.setdefault("type", ContactType.objects.get(code="ONE_TO_ONE"))
    given.setdefault("at", at(hour=14))
    given.setdefault("minutes", 45)
    given.setdefault("made_by", of.opened_by)
    given.setdefault("made_at", at())
    return Appointment.objects.create(person=of.person, prison=of.prison, **given)


def protocol(**given):
    """An information-sharing agreement that is in force today, whatever day that is."""
    today = timezone.localdate()
    given.setdefault("prison", prison())
    given.setdefault("agency", agency())
    given.setdefault("purpose", "Continuity of care")
    given.setdefault("items", Protocol.Item.values)
    given.setdefault("starts_on", today - timedelta(days=30))
    given.setdefault("review_on", today + timedelta(days=335))
    given.setdefault("made_by", user())
    return Protocol.objects.create(**given)


def consent(of=None, **given):
    """Live consent of a person for an agency, given today."""
    today = timezone.localdate()
    given.setdefault("prison", prison())
    given.setdefault("agency", None if given.get("purpose") == Consent.Purpose.NDTMS else agency())
    given.setdefault("given", True)
    given.setdefault("asked_on", today)
    given.setdefault("expires_on", today + timedelta(days=365))
    given.setdefault("recorded_at", timezone.now())
    given.setdefault("recorded_by", user())
    return Consent.objects.create(person=of or person(), **given)


def handover(of=None, **given):
    """A handover of a case, sent, with protocol and consent in force, unless told otherwise."""
    of = of or case(worker=user())
    given.setdefault("agency", agency())
    if not Protocol.objects.filter(prison=of.prison, agency=given["agency"]).exists():
        protocol(prison=of.prison, agency=given["agency"])
    given.setdefault("consent", None)
    live = (
        Consent.objects.for_handover()
        .live(timezone.localdate())
        .filter(person=of.person, agency=given["agency"])
        .first()
    )
    given["consent"] = given["consent"] or live or consent(of.person, prison=of.prison, agency=given["agency"])
    given.setdefault("state", Handover.State.SENT)
    given.setdefault("release_on", timezone.localdate() + timedelta(days=14))
    given.setdefault("content", {})
    given["content"] = {**given["content"], "person": handovers.identity(of.person)}
    given.setdefault("made_by", of.opened_by)
    given.setdefault("made_at", timezone.now())
    given.setdefault("sent_at", timezone.now() if given["state"] != Handover.State.DRAFT else None)
    given.setdefault("closed_why", Handover.Closed.KEPT if given["state"] == Handover.State.CLOSED else "")
    return clinical_part(Handover.objects.create(person=of.person, prison=of.prison, case=of, **given)).handover


def clinical_part(of, **given):
    """That the clinical side stands by what a handover says now, or by its saying nothing."""
    given = {
        "digest": clinical.digest(of.content),
        "nothing": not of.content.get("clinical"),
        "at": of.made_at,
        **given,
    }
    given.setdefault("by", of.made_by)
    return ClinicalPart.objects.create(handover=of, prison=of.prison, **given)


def pack(of=None, **given):
    """The pack of a handover, built unless told otherwise; its bytes are no real PDF."""
    of = of or handover()
    given.setdefault("state", Pack.State.BUILT)
    if given["state"] == Pack.State.BUILT:
        given.setdefault("pdf", b"%PDF-1.7 of handover " + str(of.pk).encode())
        given.setdefault("built_at", timezone.now())
    given.setdefault("content", packs.compose(of, sender=of.made_by))
    given.setdefault("asked_by", of.made_by)
    given.setdefault("asked_at", timezone.now())
    return Pack.objects.create(handover=of, prison=of.prison, agency=of.agency, **given)


def plan(of=None, **given):
    """A plan of a case, agreed on ``DAY`` unless told otherwise, without goals."""
    of = of or case(worker=user())
    given.setdefault("number", of.plans.count() + 1)
    given.setdefault("begun_on", DAY)
    given.setdefault("begun_by", of.opened_by)
    given.setdefault("agreed_on", DAY)
    if given["agreed_on"]:
        given.setdefault("agreed_by", of.opened_by)
        given.setdefault("agreed_how", Plan.How.SAID)
    return Plan.objects.create(case=of, person=of.person, prison=of.prison, **given)


def goal(of=None, **given):
    of = of or plan()
    given.setdefault("place", of.goals.count() + 1)
    given.setdefault("words", "I want to stay off spice")
    given.setdefault("area", Goal.Area.DRUGS)
    return Goal.objects.create(plan=of, person=of.person, prison=of.prison, **given)


def action(of=None, **given):
    of = of or goal()
    given.setdefault("what", "Come to the group on Wednesdays")
    given.setdefault("owner", Action.Owner.WORKER if given.get("worker") else Action.Owner.PERSON)
    given.setdefault("due_on", DAY + timedelta(days=14))
    return Action.objects.create(goal=of, person=of.person, prison=of.prison, **given)


def note(of=None, text="He rang his mother.", **given):
    of = of or person()
    given.setdefault("written_at", at())
    given.setdefault("written_by", user())
    return Note.objects.create(person=of, prison=prison(), text=text, words=words.key(text), **given)


def picture(kind="PNG", size=(40, 30), **options):
    """The bytes of a small picture."""
    drawn = io.BytesIO()
    Image.new("RGB", size, "teal").save(drawn, kind, **options)
    return drawn.getvalue()


def attachment(of=None, content=b"%PDF-1.7 a letter", **given):
    """A file about a person; its bytes are no real PDF."""
    given.setdefault("kind", Attachment.Kind.LETTER)
    given.setdefault("title", "Letter from probation")
    given.setdefault("filename", "letter.pdf")
    given.setdefault("content_type", "application/pdf")
    given.setdefault("added_at", at())
    given.setdefault("added_by", user())
    given.setdefault("prison", prison())
    kept = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "content": content}
    return Attachment.objects.create(person=of or person(), **kept, **given)


def group_session(day=DAY, hour=9, minutes=90, **given):
    """A group of that day, run by nobody yet unless ``worker`` does, in no room."""
    begins = at(day, hour)
    worker = given.pop("worker", None)
    given.setdefault("prison", prison())
    given.setdefault("kind", "GROUP")
    given.setdefault("name", "Triggers and cravings")
    given.setdefault("period", (begins, begins + timedelta(minutes=minutes)))
    given.setdefault("capacity", 20)
    given.setdefault("made_by", worker or user(prison=given["prison"]))
    given.setdefault("made_at", at())
    made = GroupSession.objects.create(**given)
    if worker:
        Facilitator.objects.create(session=made, prison=made.prison, worker=worker, period=made.period)
    made.refresh_from_db()
    return made


def seat(session, of=None, **given):
    """Somebody who is here and expected at a session; unmarked, unless there is a ``contact``."""
    of = of or spell(prison=session.prison).person
    given.setdefault("period", session.period)
    given.setdefault("added_by", session.made_by)
    given.setdefault("added_at", at())
    return Seat.objects.create(session=session, person=of, prison=session.prison, **given)


def guest(name="Dr Dent", **given):
    given.setdefault("prison", prison())
    given.setdefault("vetted_until", DAY + timedelta(days=100))
    return Guest.objects.create(name=name, **given)


def feedback_sheet(session, **given):
    given.setdefault("month", timezone.localdate(session.period.lower).replace(day=1))
    given = {"useful": 4, "understood": 5, "respected": 5, **given}
    return FeedbackSheet.objects.create(prison=session.prison, session=session, **given)


def unit(places=40, landing="3", **given):
    """D wing with a drug-free unit on its third landing, unless told otherwise."""
    return wing(given.pop("code", "D"), kind=Wing.Kind.DRUG_FREE, places=places, landing=landing, **given)


def compact(version="2026-1", **given):
    """A compact in force for a year already."""
    given.setdefault("prison", prison())
    given.setdefault("from_on", DAY - timedelta(days=365))
    given.setdefault("told", "Tests: You give a sample when we ask.\nReviews: We sit down with you.")
    return CompactTerms.objects.create(version=version, **given)


def unit_stay(of=None, state="WAITING", **given):
    """A place on the unit that was asked for ten days ago; LIVING there for nine, with a compact signed, if told so."""
    of = of or spell().person
    given["wing"] = given.get("wing") or Wing.objects.filter(kind=Wing.Kind.DRUG_FREE).first() or unit()
    given.setdefault("asked_on", DAY - timedelta(days=10))
    given.setdefault("made_by", user())
    given.setdefault("made_at", at(given["asked_on"]))
    if state == "OFFERED":
        given.setdefault("offered_on", given["asked_on"])
    if state == "LIVING":
        joined_on = given.setdefault("joined_on", given["asked_on"] + timedelta(days=1))
        given = {"compact": "2026-1", "signed_on": joined_on, "review_due": DAY + timedelta(days=18), **given}
    if state == "LEFT":
        given = {"left_on": DAY, "left_why": "WITHDREW", **given}
    return UnitStay.objects.create(person=of, prison=given["wing"].prison, state=state, **given)


def peer(of=None, state="PROPOSED", wings=(), **given):
    """Somebody put forward as a peer supporter twenty days ago; cleared and trained where the state says so."""
    of = of or spell().person
    given.setdefault("proposed_on", DAY - timedelta(days=20))
    given["supervised_by"] = given.get("supervised_by") or user()
    given.setdefault("made_by", given["supervised_by"])
    given.setdefault("made_at", at(given["proposed_on"]))
    ready = {"cleared_on": DAY - timedelta(days=15), "cleared_by": "SO Sample", "trained_on": DAY - timedelta(days=12)}
    given = {**(ready if state in {"ACTIVE", "SUSPENDED"} else {}), **given}
    if state == "SUSPENDED":
        given = {"suspended_on": DAY - timedelta(days=2), "suspended_why": "A fight", **given}
    if state == "ENDED":
        given = {"ended_on": DAY, "end_why": "Own wish", **given}
    made = PeerSupporter.objects.create(person=of, prison=prison(), state=state, **given)
    for each in wings:
        PeerWing.objects.create(peer=made, person=of, prison=made.prison, wing=each, from_on=DAY)
    return made


def place(of, cell, on, **given):
    """Put somebody who is here into a cell of the wing ``on``, as a roll would."""
    stay = of.spells.get(ended_at=None)
    stay.locations.filter(until_at=None).update(until_at=at())
    given = {"cell": cell, "cell_key": cells.sort_key(cell), "wing": on, "from_at": at(), **given}
    return Location.objects.create(spell=stay, prison=stay.prison, **given)
