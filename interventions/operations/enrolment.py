"""Somebody in a programme, from being proposed to the certificate: every step goes through one door (``Enrolment.MOVES``)."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from casework import audit
from casework.models import Case, CustodySpell
from interventions.formats import reasons
from interventions.models import Certificate, Contact, Enrolment, EnrolmentMove, GroupSession, Programme, Seat, Series
from interventions.operations import seat as seats
from interventions.queries import enrolment as queries
from interventions.queries import separation

State = Enrolment.State
BEGUN = {State.ACTIVE, State.SUSPENDED}
End = CustodySpell.End
LIVE = {state for state, afters in Enrolment.MOVES.items() if afters}
GONE_HOME = {End.RELEASED, End.RELEASED_COURT, End.RELEASED_HOSPITAL}


@transaction.atomic
def propose(*, person, programme, suits_why, by, nonce=None):
    """Propose ``person``, who is in this prison, for ``programme``: a decision has to follow."""
    nonce = nonce or uuid.uuid4()
    if made := Enrolment.objects.made_once(nonce):
        return made
    programme = Programme.objects.get(pk=programme.pk)
    if programme.ended_on:
        raise ValidationError({"programme": f"{programme} is no longer offered."})
    spells = CustodySpell.objects.current().filter(person=person, prison=by.prison_id)
    if spells.select_for_update(of=["self"], no_key=True).first() is None:
        raise ValidationError(f"{person.name} is not in this prison now, so nothing can be proposed.")
    enrolment = Enrolment(
        person=person,
        prison_id=by.prison_id,
        case=Case.objects.open().filter(person=person, prison=by.prison_id).first(),
        programme=programme,
        proposed_on=timezone.localdate(),
        proposed_by=by,
        suits_why=suits_why,
        nonce=nonce,
    )
    enrolment.full_clean()
    enrolment.save()
    _noted(enrolment, "", by=by)
    audit.record(by=by, action="enrolment.proposed", target=enrolment, programme=programme)
    return enrolment


@transaction.atomic
def accept(*, enrolment, by, note="", version=None):
    """Decide that the programme is right for the person: he waits for a place. What speaks against it needs words why all the same."""
    row = _taken(enrolment, State.WAITING, version, {State.PROPOSED})
    if row.state == State.WAITING:
        return row
    against = queries.against(row, today=timezone.localdate())
    if against and not note:
        raise ValidationError({"note": "Something speaks against it. Say why the person is taken all the same."})
    _moved(row, State.WAITING, by=by, note=note, overruled=[check.code for check in against])
    audit.record(by=by, action="enrolment.accepted", target=row, overruled=[check.code for check in against])
    return row


@transaction.atomic
def allocate(*, enrolment, series, by, note="", version=None):
    """Give somebody who waits a place in ``series``, which has one free and is for people like him, and expect him at what is to come.

    The row that comes back knows at how many sessions he is ``expected``, and what stands against the others (``left_out``). Refused where
    he would be kept apart from somebody at each of them. What speaks against the place and was not known when he was accepted needs
    words why all the same.
    """
    GroupSession.objects.one_at_a_time(enrolment.prison_id)
    row = _taken(enrolment, State.ALLOCATED, version)
    if row.state == State.ALLOCATED:
        return row
    against = queries.new_against(row, today=timezone.localdate())
    if against and not note:
        said = " ".join(check.text for check in against)
        raise ValidationError({"note": f"{said} Say why the person has the place all the same."})
    series = Series.objects.select_for_update(no_key=True).get(pk=series.pk)  # The last place is given once.
    if why_not := queries.why_no_place(row, series):
        raise ValidationError({"series": why_not})
    row.series = series
    _moved(row, State.ALLOCATED, by=by, note=note, overruled=[check.code for check in against], fields=["series"])
    row.expected, row.left_out = seats.follow(enrolment=row, by=by)
    if not row.expected and (apart := [found.text for found in row.left_out if found.code == separation.APART]):
        raise ValidationError({"series": apart})
    audit.record(by=by, action="enrolment.allocated", target=row, series=series)
    return row


@transaction.atomic
def give_back(*, enrolment, note, by, version=None):
    """Give a place back before it was used; the person waits for another, from the day he was proposed."""
    row = _taken(enrolment, State.WAITING, version, {State.ALLOCATED})
    if row.state == State.WAITING:
        return row
    row.series = None
    _moved(row, State.WAITING, by=by, note=note, fields=["series"])
    _free_seats(row, "The place was given back.", by)
    audit.record(by=by, action="enrolment.given_back", target=row)
    return row


@transaction.atomic
def start(*, enrolment, by, on=None, version=None):
    """Somebody who has a place began to attend, today unless told when. The same again changes nothing."""
    row = _taken(enrolment, State.ACTIVE, version, {State.ALLOCATED})
    if row.state == State.ACTIVE:
        return row
    row.started_on = on or timezone.localdate()
    _moved(row, State.ACTIVE, by=by, on=on, fields=["started_on"])
    audit.record(by=by, action="enrolment.started", target=row)
    return row


@transaction.atomic
def attended(*, session, by):
    """The register of ``session`` was written: whoever has a place and was there has begun. The same again changes nothing."""
    there = {"seats__removed_at": None, "seats__contact__outcome": Contact.Outcome.TOOK_PLACE}
    rows = Enrolment.objects.filter(state=State.ALLOCATED, seats__session=session, **there).order_by("pk")
    keys = [start(enrolment=row, by=by, on=timezone.localdate(session.period.lower)).pk for row in rows]
    audit.record(by=by, action="enrolment.attended", target=session, enrolments=keys)


@transaction.atomic
def suspend(*, enrolment, note, by, version=None):
    """Let somebody's attendance rest: the place stays his, but he is expected at no session until it is resumed."""
    row = _taken(enrolment, State.SUSPENDED, version)
    if row.state == State.SUSPENDED:
        return row
    _moved(row, State.SUSPENDED, by=by, note=note)
    _free_seats(row, "Attendance rests.", by)
    audit.record(by=by, action="enrolment.suspended", target=row)
    return row


@transaction.atomic
def resume(*, enrolment, by, version=None):
    """Somebody whose attendance rested attends again, and is expected at what is to come (as ``allocate`` says it)."""
    GroupSession.objects.one_at_a_time(enrolment.prison_id)
    row = _taken(enrolment, State.ACTIVE, version, {State.SUSPENDED})
    if row.state == State.ACTIVE:
        return row
    _moved(row, State.ACTIVE, by=by)
    if row.series_id:
        row.expected, row.left_out = seats.follow(enrolment=row, by=by)
    audit.record(by=by, action="enrolment.resumed", target=row)
    return row


@transaction.atomic
def complete(*, enrolment, by, name="", version=None):
    """Graduate: refused while sessions are missing. Where the programme has a certificate, one is made out to ``name``."""
    row = _taken(enrolment, State.COMPLETED, version)
    if row.state == State.COMPLETED:
        return row
    progress = queries.progress(row, now=timezone.now())
    if progress.short:
        raise ValidationError(f"{row.person.name} cannot graduate yet: {progress.said}.")
    _moved(row, State.COMPLETED, by=by)
    if row.programme.certificate:
        certificate = Certificate(
            enrolment=row,
            person=row.person,
            prison_id=row.prison_id,
            name=name or row.person.name,
            issued_on=row.ended_on,
            issued_by=by,
        )
        certificate.full_clean()
        certificate.save()
    _free_seats(row, "Completed the programme.", by)
    audit.record(by=by, action="enrolment.completed", target=row, attended=progress.attended)
    return row


@transaction.atomic
def rename(*, certificate, name, by, version=None):
    """Make a certificate out to another name; its number and its date stay."""
    certificate = Certificate.objects.select_for_update(no_key=True, of=["self"]).get(pk=certificate.pk)
    certificate.change(version, name=name)
    certificate.full_clean()
    certificate.save()
    audit.record(by=by, action="certificate.renamed", target=certificate)
    return certificate


@transaction.atomic
def stop(*, enrolment, reason, by, note="", version=None):
    """End an enrolment before its time: not completed by somebody who began, else not started. ``reason``: of the list for that."""
    known = Enrolment.objects.get(pk=enrolment.pk)
    after = State.NOT_COMPLETED if known.started_on else State.NOT_STARTED
    row = _taken(enrolment, after, version)
    if row.state == after:
        return row
    if reason not in reasons.of(after):
        raise ValidationError({"reason": "Choose a reason."})
    _moved(row, after, by=by, note=note, reason=reason)
    _free_seats(row, "No longer in the programme.", by)
    audit.record(by=by, action="enrolment.stopped", target=row, reason=reason)
    return row


@transaction.atomic
def leave(*, spells, at, by):
    """People left the prison: what they were enrolled in ends with that, as released or transferred, or because they died."""
    stays = {(spell.person_id, spell.prison_id): spell for spell in spells}
    rows = Enrolment.objects.live().filter(
        person__in={person for person, _ in stays}, prison__in={prison for _, prison in stays}
    )
    keys = []
    for row in rows.select_for_update(no_key=True).order_by("pk"):
        if spell := stays.get((row.person_id, row.prison_id)):
            after, reason = _by_leaving(row, spell)
            on = max(timezone.localdate(spell.ended_at or at), row.proposed_on, row.started_on or row.proposed_on)
            _moved(row, after, by=by, reason=reason, note="The person left the prison.", on=on)
            _free_seats(row, "The person left the prison.", by)
            keys.append(row.pk)
    if keys:
        audit.record(by=by, action="enrolment.left", prison=spells[0].prison, enrolments=keys)


@transaction.atomic
def move(*, removed, kept, journal, by):
    """Two numbers are one person: his programmes move to the one that is kept. He cannot be in one of them twice."""
    theirs = Enrolment.objects.live().filter(person=removed).values("programme")
    if twice := Enrolment.objects.live().filter(person=kept, programme__in=theirs).select_related("programme").first():
        raise ValidationError(f"Both are enrolled in {twice.programme}. End one of the two enrolments first.")
    models = [Enrolment, EnrolmentMove, Certificate]
    moved = sum(journal.change(model.objects.filter(person=removed), person=kept) for model in models)
    audit.record(by=by, action="enrolment.moved", target=kept, removed=removed.pk, count=moved)


@transaction.atomic
def move_back(*, removed, kept, journal, by):
    """They are two people after all: what ``move`` changed is put back."""
    journal.put_back([Enrolment, EnrolmentMove, Certificate])
    journal.check([Enrolment, EnrolmentMove, Certificate], [removed, kept])
    audit.record(by=by, action="enrolment.moved_back", target=removed, kept=kept.pk)


def _taken(enrolment, after, version, before=frozenset(State)):
    """The row, locked. It is in the state ``after`` already where the same was sent twice; else it may go there from one of ``before``,
    or ValidationError says why not.
    """
    rows = Enrolment.objects.select_for_update(no_key=True, of=["self"]).select_related("programme", "person")
    row = rows.get(pk=enrolment.pk)
    if row.state == after and version != row.version:
        return row
    if version is not None and version != row.version:
        raise ValidationError(
            f"Somebody else moved this on meanwhile: it says “{row.get_state_display()}” now. Look at it again.",
            code="stale",
        )
    if row.state not in before or after not in Enrolment.MOVES[State(row.state)]:
        now, wanted = row.get_state_display().lower(), State(after).label.lower()
        raise ValidationError(f"It is “{now}”, so it cannot become “{wanted}”.", code="move")
    return row


def _moved(row, after, *, by, note="", reason="", overruled=(), on=None, fields=()):
    """Take the step: written down first, for the database lets the state follow what is written only."""
    before, row.state = row.state, after
    row.version += 1
    if after not in LIVE:
        row.ended_on, row.reason = on or timezone.localdate(), reason
    _noted(row, before, by=by, note=note, reason=reason, overruled=overruled, on=on)
    row.full_clean(exclude=["person", "prison", "case", "programme", "series", "proposed_by"])
    row.save(update_fields=["state", "version", "ended_on", "reason", *fields])


def _noted(row, before, *, by, note="", reason="", overruled=(), on=None):
    EnrolmentMove.objects.create(
        enrolment=row,
        person_id=row.person_id,
        prison_id=row.prison_id,
        before=before,
        after=row.state,
        reason=reason,
        note=note,
        overruled=list(overruled),
        on=on or timezone.localdate(),
        at=timezone.now(),
        by=by,
    )


def _by_leaving(row, spell):
    begun = row.state in BEGUN
    if spell.end == End.DIED:
        return (State.NOT_COMPLETED if begun else State.NOT_STARTED), reasons.DIED
    if spell.end in GONE_HOME:
        gone = reasons.FROM_COURT if spell.end == End.RELEASED_COURT else reasons.TIME_SERVED
        return State.RELEASED, gone if begun else reasons.RELEASED
    if spell.end == End.TRANSFERRED:
        return State.TRANSFERRED, "" if begun else reasons.TRANSFERRED
    return (State.NOT_COMPLETED, reasons.OTHER) if begun else (State.NOT_STARTED, reasons.OTHER_NOT_STARTED)


def _free_seats(row, why, by):
    """Seats at sessions still to come are free for others."""
    seats = Seat.objects.expected().filter(enrolment=row, contact=None, period__startswith__gt=timezone.now())
    seats.update(removed_at=timezone.now(), removed_by=by, removed_why=why, version=F("version") + 1)
