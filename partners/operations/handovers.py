"""Everything that can be done with a handover, on both sides of the gate: one lock and one note serve every move."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.models import Notice, User
from casework.operations import mail
from partners.formats import sections
from partners.models import Handover, HandoverAppointment, HandoverMove, Pack
from partners.operations import checks
from partners.queries import content as contents
from partners.queries import handovers as queries
from partners.queries import packs, protocols, reminders
from partners.queries.handovers import DONE

State, Outcome = Handover.State, HandoverAppointment.Outcome
# What the other side is told by mail when a handover comes to a state.
NOTICES = {State.SENT: Notice.HANDOVER_SENT} | dict.fromkeys(
    [State.ACKNOWLEDGED, State.QUERIED, State.REFUSED, State.OFFERED, State.KEPT, State.MISSED],
    Notice.HANDOVER_ANSWERED,
)
OUTCOMES = {Outcome.KEPT: State.KEPT, Outcome.MISSED: State.MISSED}
GONE = "This handover is no longer shared."
NO_ANSWERS = "The protocol with this prison lets no answers pass. Telephone the prison’s team."
NOT_BUILT = "The pack is not built yet. Send the handover when it is."


@transaction.atomic
def make(*, case, agency, release_on, content, by, nonce=None, at=None):
    """Begin a handover of the person of ``case`` to ``agency``, as a draft.

    ``content`` is what the writer says: a part of the content of a pack (``partners.formats.pack`` has every key and kind of value), of
    which each section, and each key in it, may be left out. Who the person is, is added here; the rest of a pack comes from the
    records when the handover is made ready. Dates are ``YYYY-MM-DD``, times ``HH:MM``. A full one::

        {
            "person": {"area": "Liverpool", "contact": "07700 900123"},        # + name, number, date_of_birth
            "custody": {"release_time": "09:30", "release_note": "…", "licence": "…", "offender_manager": "…"},
            "overdose_risk": "High. …",
            "use": {
                "substances": [{"substance": "Heroin", "before": "Daily", "route": "Smoked", "now": "None", "last_used": "May"}],
                "tolerance": "Lost. …",
            },
            "risks": [{"risk": "Alcohol withdrawal fit", "detail": "One fit in January."}],
            "treatment": {"wants": "…", "summary": "…", "outstanding": "…"},
            "clinical": None,     # or {"author": "Nurse …", "stated_on": "2026-06-24", "summary": "…", "next_prescriber": "…"}
            "naloxone": {"answer": "Given", "on": "2026-07-03", "detail": "…"},
            "harm_reduction": ["Overdose and lost tolerance"],                 # null: not answered yet
            "appointment": {"agency": "…", "on": "2026-07-06", "time": "14:00", "person": "…", "address": "…", "travel": "…",
                            "if_missed": "…"},                                 # or null, and then
            "no_appointment_because": "",                                      # the reason why there is none
        }
    """
    nonce = nonce or uuid.uuid4()
    if made := Handover.objects.made_once(nonce):
        return made
    choice = protocols.choices(case, agency=agency)[0]
    if refused := _refused(case):
        raise ValidationError(refused)
    if choice.why_not:
        raise ValidationError({"agency": choice.why_not})
    handover = Handover(
        person=case.person,
        prison=case.prison,
        case=case,
        agency=agency,
        consent=choice.consent,
        release_on=release_on,
        content=contents.whole(content, case.person),
        made_by=by,
        made_at=at or timezone.now(),
        nonce=nonce,
    )
    handover.full_clean()
    handover.save()
    _note(handover, "", by=by, at=handover.made_at)
    audit.record(by=by, action="handover.made", target=handover, agency=agency)
    return handover


@transaction.atomic
def edit(*, handover, release_on, content, by, version=None, left_because=""):
    """Write a draft again. ``version`` is the one that the writer began from; ``content`` as for ``make``.

    ``left_because``: why what is marked in it may stay (``checks.leave_words``).
    """
    draft = _locked(handover)
    if draft.state != State.DRAFT:
        raise ValidationError(f"This handover is {_state(draft)}, so it cannot be changed.")
    draft.raise_version(version)
    draft.release_on, draft.content = release_on, contents.whole(content, draft.person)
    draft.full_clean()
    draft.save(update_fields=["release_on", "content", "version"])
    if left_because:
        checks.leave_words(handover=draft, reason=left_because, by=by)
    audit.record(by=by, action="handover.edited", target=draft, version=draft.version)
    return draft


@transaction.atomic
def ready(*, handover, by, at=None):
    """Make a draft ready when nothing stands in its way. What its pack says is fixed now; returns the pack, which waits to be built."""
    draft = _taken(handover, State.READY, by)
    if draft is None:
        return Pack.objects.current().get(handover=handover)
    _refuse_obstacles(draft)
    at = at or timezone.now()
    draft.content = contents.whole(draft.content, draft.person)
    draft.sections = protocols.agreed_sections(draft)
    _moved(draft, State.READY, by=by, at=at, fields=["content", "sections"])
    pack = Pack(
        handover=draft,
        prison=draft.prison,
        agency=draft.agency,
        number=draft.packs.count() + 1,
        content=packs.compose(draft, sender=by),
        asked_by=by,
        asked_at=at,
    )
    pack.full_clean()
    pack.save()
    audit.record(by=by, action="handover.made_ready", target=draft, pack=pack)
    return pack


@transaction.atomic
def reopen(*, handover, by, at=None):
    """Take a handover that is ready back to a draft; its pack is set aside and nobody outside ever reads it."""
    handover = _taken(handover, State.DRAFT, by)
    if handover is None:
        return
    list(handover.packs.current().without_bytes().select_for_update())  # Waits for one being built.
    handover.packs.current().update(state=Pack.State.STALE)
    _moved(handover, State.DRAFT, by=by, at=at)
    audit.record(by=by, action="handover.reopened", target=handover)


@transaction.atomic
def send(*, handover, by, at=None):
    """Send a handover whose pack is built: from now on its agency sees it, while consent and protocol hold."""
    sent = _taken(handover, State.SENT, by, {State.READY})
    if sent is None:
        return
    _refuse_obstacles(sent)
    pack = sent.packs.current().without_bytes().first()
    if pack is None or pack.state != Pack.State.BUILT:
        raise ValidationError(NOT_BUILT)
    sent.sent_at = at or timezone.now()
    # The writer's words stay whole until now; what the agency could read, by whatever query, holds no part that is not shared.
    sent.content = sections.agreed(sent.content, sent.sections)
    _moved(sent, State.SENT, by=by, at=sent.sent_at, fields=["sent_at", "content"])
    audit.record(by=by, action="handover.sent", target=sent, agency=sent.agency_id, pack=pack)


@transaction.atomic
def recall(*, handover, reason, by, at=None):
    """Call a handover back, whatever became of it so far; the agency sees it no more.

    An agency that it was sent to is told so, by its number only (``ww.recalled_handovers``), while the protocol lets handovers pass.
    """
    recalled = _taken(handover, State.RECALLED, by)
    if recalled is None:
        return
    recalled.packs.waiting().update(state=Pack.State.STALE)
    move = _moved(recalled, State.RECALLED, by=by, at=at, words=reason)
    if move.before in Handover.SHARED and protocols.lets_handovers_pass(recalled):
        for told in reminders.agency_without_it(recalled):
            mail.ask(kind=Notice.HANDOVER_RECALLED, about=f"handover move {move.pk}", by=by, at=move.at, **told)
    audit.record(by=by, action="handover.recalled", target=recalled, agency=recalled.agency_id)


@transaction.atomic
def acknowledge(*, handover, by, words="", at=None):
    """A partner says that his agency has received a handover and takes it on."""
    answered = _taken(handover, State.ACKNOWLEDGED, by)
    if answered is None:
        return
    answered.answered_at = at or timezone.now()
    _moved(answered, State.ACKNOWLEDGED, by=by, at=answered.answered_at, words=words, fields=["answered_at"])
    audit.record(by=by, action="handover.acknowledged", target=answered)


@transaction.atomic
def acknowledge_all(*, handovers, by, at=None):
    """Acknowledge each of ``handovers`` that can be; gives back (handover, words of the refusal or nothing) for each of them."""
    answered = [(handover, _refusal(acknowledge, handover=handover, by=by, at=at)) for handover in handovers]
    done = [handover.pk for handover, refused in answered if not refused]
    audit.record(by=by, action="handovers.acknowledged_together", done=done, refused=len(answered) - len(done))
    return answered


@transaction.atomic
def query(*, handover, words, by, at=None):
    """A partner asks the prison's team something about a handover, or says what is wrong with it."""
    answered = _taken(handover, State.QUERIED, by)
    if answered is None:
        return
    answered.answered_at = at or timezone.now()
    _moved(answered, State.QUERIED, by=by, at=answered.answered_at, words=words, fields=["answered_at"])
    audit.record(by=by, action="handover.queried", target=answered)


@transaction.atomic
def answer(*, handover, words, by, at=None):
    """The prison's team answers a query: the handover waits for the agency again."""
    answered = _taken(handover, State.SENT, by, {State.QUERIED})
    if answered is None:
        return
    _moved(answered, State.SENT, by=by, at=at, words=words)
    audit.record(by=by, action="handover.query_answered", target=answered)


@transaction.atomic
def refuse(*, handover, reason, by, words="", at=None):
    """A partner says that his agency does not take somebody on, and why: ``reason`` of ``Handover.Refusal``."""
    refused = _taken(handover, State.REFUSED, by)
    if refused is None:
        return
    refused.answered_at = at or timezone.now()
    _moved(refused, State.REFUSED, by=by, at=refused.answered_at, reason=reason, words=words, fields=["answered_at"])
    audit.record(by=by, action="handover.refused", target=refused, reason=reason)


@transaction.atomic
def send_back(*, handover, words, by, at=None):
    """The prison's team does not accept a refusal, and says why: the handover waits for the agency again."""
    sent = _taken(handover, State.SENT, by, {State.REFUSED})
    if sent is None:
        return
    _moved(sent, State.SENT, by=by, at=at, words=words)
    audit.record(by=by, action="handover.sent_back", target=sent)


@transaction.atomic
def offer(*, handover, on_at, where, by, whom="", nonce=None, at=None):
    """The agency offers a first appointment, or another instead of the one that was offered or missed."""
    nonce = nonce or uuid.uuid4()
    if made := HandoverAppointment.objects.made_once(nonce):
        return made
    taken, at = _locked(handover), at or timezone.now()
    if State.OFFERED not in Handover.MOVES[taken.state]:
        raise ValidationError(f"This handover is {_state(taken)}, so no appointment can be offered.")
    if on_at < at:
        raise ValidationError({"on_at": "This is over. Offer a time that is still to come."})
    taken.appointments.filter(outcome="").update(outcome=Outcome.REARRANGED, outcome_at=at, outcome_by=by.pk)
    made = HandoverAppointment(
        handover=taken,
        prison_id=taken.prison_id,
        agency_id=taken.agency_id,
        at=on_at,
        where=where,
        whom=whom,
        offered_by_id=by.pk,
        offered_at=at,
        nonce=nonce,
    )
    made.full_clean()
    made.save()
    _moved(taken, State.OFFERED, by=by, at=at)
    audit.record(by=by, action="handover.appointment_offered", target=made, handover=taken.pk)
    return made


@transaction.atomic
def record_outcome(*, handover, outcome, by, words="", at=None):
    """Say what came of the appointment that was offered: kept or missed. Another time is a new offer."""
    after, at = OUTCOMES[outcome], at or timezone.now()
    taken = _taken(handover, after, by)
    if taken is None:
        return
    appointment = taken.appointments.select_for_update().get(outcome="")
    if appointment.at > at:
        raise ValidationError("The appointment is still to come.")
    appointment.outcome, appointment.outcome_at, appointment.outcome_by = outcome, at, by
    appointment.full_clean()
    appointment.save(update_fields=["outcome", "outcome_at", "outcome_by"])
    _moved(taken, after, by=by, at=at, words=words)
    audit.record(by=by, action="handover.outcome_recorded", target=taken, outcome=outcome, appointment=appointment.pk)


@transaction.atomic
def close(*, handover, why, by, words="", at=None):
    """Close a handover whose loop is closed, or cannot be: ``why`` of ``Handover.Closed``."""
    closed = _taken(handover, State.CLOSED, by)
    if closed is None:
        return
    closed.closed_why = why
    _moved(closed, State.CLOSED, by=by, at=at, words=words, fields=["closed_why"])
    audit.record(by=by, action="handover.closed", target=closed, why=why)


@transaction.atomic
def move(*, removed, kept, journal, by):
    """Two numbers are one person: his handovers move to the one that is kept. Packs that were built stay as they were sent."""
    moved = journal.change(Handover.objects.filter(person=removed), person=kept)
    audit.record(by=by, action="handover.moved", target=kept, removed=removed.pk, count=moved)


@transaction.atomic
def move_back(*, removed, kept, journal, by):
    """They are two people after all: what ``move`` changed is put back."""
    journal.put_back([Handover])
    journal.check([Handover], [removed, kept])
    audit.record(by=by, action="handover.moved_back", target=removed, kept=kept.pk)


def _refusal(operation, **given):
    try:
        operation(**given)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def _refused(case):
    if case.closed_on:
        return "This case is closed. Open a new one before making a handover."
    return queries.DIED if queries.has_died(case.person_id) else ""


def _locked(handover):
    rows = Handover.objects.select_for_update(of=["self"]).select_related("prison", "agency")
    if (found := rows.filter(pk=handover.pk).first()) is None:
        # Withdrawn between the page and the click, or the protocol lets the agency read and not answer.
        raise ValidationError(NO_ANSWERS if Handover.objects.filter(pk=handover.pk).exists() else GONE)
    return found


def _taken(handover, after, by, before=frozenset(State)):
    """The handover under lock, about to go to ``after``; None where ``by`` brought it there just now, by a double click."""
    locked = _locked(handover)
    if locked.state in before and after in Handover.MOVES[locked.state]:
        return locked
    last = locked.moves.order_by("-at", "-pk").first()
    if locked.state == after and last and last.by_id == by.pk:
        return None
    if locked.state == after and last:
        name = _name(last, by)
        raise ValidationError(
            f"This handover was {DONE[after]} by {name} at {timezone.localtime(last.at):%H:%M on %-d %B %Y}."
        )
    raise ValidationError(f"This handover is {_state(locked)}, so it cannot be {DONE[after]}.")


def _name(move, by):
    """Who took a step, as ``by`` may know it: no account is named to whoever has none."""
    names = User.objects.filter(pk=move.by_id).values_list("full_name", flat=True) if by.pk and move.by_id else None
    return (names and names.first()) or "somebody else"


def _state(handover):
    return handover.get_state_display().lower()


def _refuse_obstacles(handover):
    if found := queries.stands_in_the_way(handover):
        raise ValidationError([obstacle.text for obstacle in found])


def _moved(handover, after, *, by, at=None, reason="", words="", fields=()):
    before, handover.state = handover.state, after
    handover.raise_version(None)
    handover.save(update_fields=["state", "version", *fields])
    move = _note(handover, before, by=by, at=at or timezone.now(), reason=reason, words=words)
    if kind := NOTICES.get(after):
        for told in reminders.other_side(handover, by):
            mail.ask(kind=kind, about=f"handover move {move.pk}", by=by, at=move.at, **told)
    return move


def _note(handover, before, *, by, at, reason="", words=""):
    move = HandoverMove(
        handover=handover,
        prison_id=handover.prison_id,
        agency_id=handover.agency_id,
        before=before,
        after=handover.state,
        reason=reason,
        words=words,
        by_id=by.pk,
        link_id=getattr(by, "link_id", None),
        at=at,
    )
    move.full_clean()
    move.save()
    return move
