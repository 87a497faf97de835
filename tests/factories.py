"""Rows for tests, each plainly fictional. They are written as the system, past the operations, with believable defaults."""

import itertools
from datetime import date, datetime, timedelta

from django.utils import timezone

from casework.access import Role
from casework.models import Agency, Allocation, Case, Consent, CustodySpell, Location, Person, Prison, User, Wing
from interventions.models import Contact, ContactType
from partners.models import Handover, Pack, Protocol
from partners.queries import handovers, packs
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


def agency(name="Liverpool DIP", **given):
    return Agency.objects.get_or_create(name=name, defaults=given)[0]


def user(role=Role.KEYWORKER, **given):
    number = next(counter)
    given.setdefault("username", f"user{number}")
    given.setdefault("full_name", f"Worker {number}")
    given.setdefault("employer", User.Employer.AGENCY if role == Role.PARTNER else User.Employer.CHARITY)
    given.setdefault("prison", prison())
    if role == Role.PARTNER:
        given.setdefault("agency", agency())
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
    given.setdefault("opened_by", worker or user())
    made = Case.objects.create(person=stay.person, prison=stay.prison, spell=stay, **given)
    if worker:
        Allocation.objects.create(case=made, prison=made.prison, worker=worker, from_at=at(), made_by=worker)
    return made


def contact(of=None, **given):
    of = of or case(worker=user())
    given.setdefault("worker", of.opened_by)
    given.setdefault("type", ContactType.objects.get(code="ONE_TO_ONE"))
    given.setdefault("at", at())
    given.setdefault("minutes", 45)
    given.setdefault("recorded_by", of.opened_by)
    given.setdefault("recorded_at", at())
    return Contact.objects.create(person=of.person, prison=of.prison, case=of, **given)


def protocol(**given):
    """An information-sharing agreement that is in force today, whatever day that is."""
    today = timezone.localdate()
    given.setdefault("prison", prison())
    given.setdefault("agency", agency())
    given.setdefault("purpose", "Continuity of care")
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
    return Handover.objects.create(person=of.person, prison=of.prison, case=of, **given)


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
