"""What a department of the prison tells the team, and what the duty worker makes of it."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from casework import audit, events
from casework.access import Role
from casework.formats import numbers
from casework.models import Notice, User
from casework.operations import mail
from partners.models import InwardNotice
from partners.queries import notices as queries

Kind, Outcome = InwardNotice.Kind, InwardNotice.Outcome
# Where a referral that comes of a notice comes from (referrals.models.Source).
SOURCES = {
    Kind.POSITIVE: "DRUG_TEST",
    Kind.SEGREGATION: "SEGREGATION",
    Kind.DETOX: "HEALTHCARE",
    Kind.ACCT: "SAFER_CUSTODY",
}
NOBODY = "Say first who is meant."


@transaction.atomic
def send(*, kind, number, on, by, words="", nonce=None):
    """A department tells the team of one person, by the number that it typed; it is not told whose that is, nor if it is anybody's."""
    nonce = nonce or uuid.uuid4()
    if made := InwardNotice.objects.told_back().made_once(nonce):
        return made
    if kind not in dict(queries.kinds(by)):
        raise ValidationError({"kind": "The protocol with the prison does not let this pass any more."})
    if on > timezone.localdate():
        raise ValidationError({"on": "This day is still to come."})
    notice = InwardNotice(
        prison=by.prison,
        agency=by.agency,
        kind=kind,
        number=numbers.normalise(number),
        on=on,
        words=words,
        sent_by=by,
        sent_at=timezone.now(),
        nonce=nonce,
    )
    notice.full_clean(
        validate_constraints=False, validate_unique=False
    )  # The rest is for the database: they may read nothing.
    notice.save(force_insert=True)
    audit.record(by=by, action="notice.sent", target=notice, kind=kind)
    return notice


@transaction.atomic
def take_in(*, notice_id, by, at):
    """Tell the managers that something was told, and refer the person where the prison wants that; once, however often it is asked."""
    notice = InwardNotice.objects.select_for_update(of=["self"], skip_locked=True).select_related("prison", "agency")
    notice = notice.filter(pk=notice_id, taken_in_at=None).first()
    if notice is None:
        return
    if notice.kind in notice.prison.notice_referral_kinds and notice.person_id and _refer(notice, by):
        notice.outcome, notice.outcome_at, notice.outcome_by = Outcome.REFERRED, at, by
    notice.taken_in_at = at
    notice.save(update_fields=["taken_in_at", "outcome", "outcome_at", "outcome_by"])
    about = {"about": f"notice {notice.pk}", "person": notice.person, "prison": notice.prison}
    for user in User.objects.filter(prison=notice.prison_id, is_active=True, role=Role.MANAGER).order_by("pk"):
        mail.ask(kind=Notice.INWARD, path=reverse("partners:notices"), user=user, by=by, **about)
    audit.record(by=by, action="notice.taken_in", target=notice, referred=notice.outcome == Outcome.REFERRED)


@transaction.atomic
def see(*, notice, by):
    """Somebody has looked at a notice: whoever sent it sees that, and no more. The first who did stays."""
    row = _locked(notice)
    _seen(row, by)
    row.save(update_fields=["seen_at", "seen_by"])
    audit.record(by=by, action="notice.seen", target=row)


@transaction.atomic
def match(*, notice, person, by):
    """The number on a notice was nobody's, or mistyped: ``person`` is meant."""
    row = _locked(notice)
    if row.person_id:
        raise ValidationError("Somebody has said already who is meant.")
    row.person = person
    _seen(row, by)
    row.save(update_fields=["person", "seen_at", "seen_by"])
    audit.record(by=by, action="notice.matched", target=row)


@transaction.atomic
def refer(*, notice, by):
    """A referral for the front door comes of a notice."""
    row = _unanswered(notice, Outcome.REFERRED, by)
    if row is None:
        return
    if row.person_id is None:
        raise ValidationError(NOBODY)
    if not _refer(row, by):
        raise ValidationError("This person is not on the roll, so no referral can be made. Note it instead.")
    _answer(row, Outcome.REFERRED, by)
    audit.record(by=by, action="notice.referred", target=row)


@transaction.atomic
def note(*, notice, by):
    """A notice is kept with the person and nothing else is to be done."""
    row = _unanswered(notice, Outcome.NOTED, by)
    if row is None:
        return
    if row.person_id is None:
        raise ValidationError(NOBODY)
    _answer(row, Outcome.NOTED, by)
    audit.record(by=by, action="notice.noted", target=row)


@transaction.atomic
def dismiss(*, notice, why, by):
    """Nothing comes of a notice: nobody can be meant by it, or it is not for the team."""
    row = _unanswered(notice, Outcome.DISMISSED, by)
    if row is None:
        return
    row.why = why
    _answer(row, Outcome.DISMISSED, by)
    audit.record(by=by, action="notice.dismissed", target=row)


@transaction.atomic
def move(*, removed, kept, journal, by):
    """Two numbers are one person: what was told of him moves to the one that is kept."""
    moved = journal.change(InwardNotice.objects.filter(person=removed), person=kept)
    audit.record(by=by, action="notice.moved", target=kept, removed=removed.pk, count=moved)


@transaction.atomic
def move_back(*, removed, kept, journal, by):
    """They are two people after all: what ``move`` changed is put back."""
    journal.put_back([InwardNotice])
    journal.check([InwardNotice], [removed, kept])
    audit.record(by=by, action="notice.moved_back", target=removed, kept=kept.pk)


def _locked(notice):
    return InwardNotice.objects.select_for_update(of=["self"]).select_related("agency").get(pk=notice.pk)


def _unanswered(notice, outcome, by):
    """The notice under lock; None where ``by`` gave this answer just now, by a double click."""
    row = _locked(notice)
    if row.outcome and (row.outcome, row.outcome_by_id) == (outcome, by.pk):
        return None
    if row.outcome:
        raise ValidationError(f"This notice was dealt with already: {row.get_outcome_display().lower()}.")
    return row


def _seen(row, by):
    if row.seen_at is None:
        row.seen_at, row.seen_by = timezone.now(), by


def _answer(row, outcome, by):
    _seen(row, by)
    row.outcome, row.outcome_at, row.outcome_by = outcome, timezone.now(), by
    row.full_clean(validate_unique=False)
    row.save(update_fields=["outcome", "outcome_at", "outcome_by", "why", "seen_at", "seen_by"])


def _refer(row, by):
    """Ask the front door to see the person; False where he is not on the roll.

    The referral is read by the whole team and counted by where it came from, so it does not say what was told.
    """
    reason = f"{row.agency} told us of this person on {timezone.localdate(row.sent_at):%-d %B %Y}. The notice is in the history."
    asked = {"source": SOURCES[row.kind], "referrer": row.agency.name, "nonce": uuid.uuid5(row.nonce, "referral")}
    try:
        events.referral_wanted.send(sender=InwardNotice, person=row.person, reason=reason, by=by, **asked)
    except ValidationError as error:
        if getattr(error, "code", "") != "not_on_roll":
            raise
        return False
    return True
