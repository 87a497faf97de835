"""Slips become referrals: a pile of paper at once, those from the kiosks one by one when somebody says who is meant."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from referrals.models import Referral, Slip, Source, Want
from referrals.operations import referral as referrals
from referrals.queries import slip as queries

Answer = Slip.Answer
ASKED = "Self-referral slip."


@transaction.atomic
def take_in(*, slips, received_on, by):
    """Make a referral of each of the paper ``slips``, all or none. Returns them in the same order.

    A slip: ``person``, ``wants`` (codes), ``nonce``, ``row`` (its number on the page). ValidationError names ``number_<row>`` for each
    that cannot be made. A person who waits already, or who put in two slips, is recorded as a repeat.
    """
    oneself, names = Source.objects.get(code="SELF"), dict(Want.objects.values_list("code", "name"))
    made, errors = [], {}
    for slip in slips:
        asked = ", ".join(names[code][0].lower() + names[code][1:] for code in slip["wants"])
        try:
            with transaction.atomic():
                row = referrals.make(
                    person=slip["person"],
                    source=oneself,
                    received_on=received_on,
                    reason=f"{ASKED} Wants: {asked}." if asked else ASKED,
                    wants=slip["wants"],
                    nonce=slip["nonce"],
                    by=by,
                )
        except ValidationError as error:
            errors[f"number_{slip['row']}"] = error.messages
        else:
            made.append(row)
    if errors:
        raise ValidationError(errors)
    audit.record(by=by, action="slip.pile_taken_in", prison=by.prison, referrals=[row.pk for row in made])
    return made


@transaction.atomic
def match(*, slip, person, by):
    """The slip from a kiosk means ``person``: a referral is made of it, in the officer's words. The same again changes nothing."""
    slip = _waiting(slip, Answer.MATCHED, person)
    if slip.answered_at:
        return slip
    signs = [sign for urgent, sign in queries.URGENT_SIGNS.items() if urgent in slip.urgent]
    urgent = set(slip.urgent) & {Slip.Urgent.ACCT, Slip.Urgent.DETOX, Slip.Urgent.UTI}
    made = referrals.make(
        person=person,
        source=queries.source(slip),
        referrer=slip.officer,
        received_on=timezone.localdate(slip.received_at),
        reason=slip.worry,
        signs=signs,
        urgency=Referral.Urgency.PRIORITY if urgent else Referral.Urgency.ORDINARY,
        nonce=slip.nonce,
        by=by,
    )
    slip.person, slip.referral = person, made
    _answer(slip, Answer.MATCHED, by)
    audit.record(by=by, action="slip.matched", target=slip, referral=made.pk)
    return slip


@transaction.atomic
def set_aside(*, slip, answer, why, by):
    """No referral comes of the slip: it is not for this team, or means nobody whom we can find. The same again changes nothing."""
    slip = _waiting(slip, answer)
    if slip.answered_at:
        return slip
    slip.why = why
    _answer(slip, answer, by)
    audit.record(by=by, action="slip.set_aside", target=slip, answer=answer)
    return slip


def _waiting(slip, answer, person=None):
    """The slip, held fast; one that was answered in another way meanwhile is refused."""
    row = Slip.objects.select_for_update(no_key=True, of=["self"]).get(pk=slip.pk)
    if row.answered_at and (row.answer, row.person_id) != (answer, person and person.pk):
        raise ValidationError(
            "Somebody else has answered this slip already. Go back to see what waits.", code="answered"
        )
    return row


def _answer(slip, answer, by):
    slip.answer, slip.answered_at, slip.answered_by = answer, timezone.now(), by
    slip.full_clean(exclude=["link"])  # Links are the administrators’ own affair: nobody else can read them.
    slip.save(update_fields=["person", "referral", "answer", "answered_at", "answered_by", "why"])
