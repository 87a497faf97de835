"""Release plans: begun with the case, written by the keyworker, and turned into a draft handover when somebody walks free."""

import logging

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from casework import audit
from casework.access import Role
from casework.models import Case, CustodySpell, Notice, User
from casework.operations import mail
from partners.models import Handover, ReleasePlan
from partners.operations import handovers
from partners.queries import content as contents
from partners.queries import plans as queries
from partners.queries import protocols

logger = logging.getLogger(__name__)
WALKED_FREE = {CustodySpell.End.RELEASED, CustodySpell.End.RELEASED_COURT}
OPEN = {Handover.State.DRAFT, Handover.State.READY}
OVER = {Handover.State.RECALLED, Handover.State.CLOSED}


@transaction.atomic
def begin(*, case, by, at=None):
    """Begin the release plan of a case that was opened; one that is there already stays as it is."""
    if there := queries.of_case(case):
        return there
    plan = ReleasePlan(
        case=case, person=case.person, prison_id=case.prison_id, begun_by=by, begun_at=at or timezone.now()
    )
    plan.full_clean()
    plan.save()
    audit.record(by=by, action="release_plan.begun", target=plan, case=case.pk)
    return plan


@transaction.atomic
def write(*, case, content, agency, by, version=None, at=None):
    """Write the release plan of ``case``: ``content`` as a handover's (``handovers.make``), ``agency``: where he means to go, or None.

    The same answers sent twice are written once.
    """
    case = Case.objects.select_for_update(of=["self"], no_key=True).select_related("person").get(pk=case.pk)
    if case.closed_on:
        raise ValidationError("This case is closed, so its release plan cannot be changed.")
    begin(case=case, by=by, at=at)
    plan = ReleasePlan.objects.select_for_update(of=["self"]).get(case=case)
    whole = contents.whole(content, case.person)
    if (plan.content, plan.agency) == (whole, agency) and plan.written_at:
        return plan
    plan.change(version, content=whole, agency=agency)
    plan.written_by, plan.written_at = by, at or timezone.now()
    plan.full_clean()
    plan.save(update_fields=["content", "agency", "written_by", "written_at", "version"])
    audit.record(by=by, action="release_plan.written", target=plan, agency=agency, version=plan.version)
    return plan


@transaction.atomic
def hand_over_at_once(*, spells, by, at):
    """Those of ``spells`` ended with somebody walking free: each with an open case, consent and protocol gets a draft of his handover.

    Keyworker and managers are told of it, and of those for whom none can be made (``queries.left_without``). Nothing is sent before
    one of them presses the button.
    """
    free = [spell.pk for spell in spells if spell.end in WALKED_FREE]
    cases = Case.objects.filter(spell__in=free, closed_on=None).select_related("person", "prison", "spell")
    wanted = [(case, _draft(case, by, at)) for case in cases.order_by("pk") if not _is_sent(case)]
    for case, draft in wanted:
        _tell(case, draft, by, at)
    if wanted:
        drafts = [draft.pk for _, draft in wanted if draft]
        without = [case.pk for case, draft in wanted if not draft]
        first = wanted[0][1] or wanted[0][0]
        audit.record(by=by, action="handover.wanted_at_once", target=first, handovers=drafts, cases_without=without)


@transaction.atomic
def move(*, removed, kept, journal, by):
    """Two numbers are one person: his release plans move to the one that is kept."""
    moved = journal.change(ReleasePlan.objects.filter(person=removed), person=kept)
    audit.record(by=by, action="release_plan.moved", target=kept, removed=removed.pk, count=moved)


@transaction.atomic
def move_back(*, removed, kept, journal, by):
    """They are two people after all: what ``move`` changed is put back."""
    journal.put_back([ReleasePlan])
    journal.check([ReleasePlan], [removed, kept])
    audit.record(by=by, action="release_plan.moved_back", target=removed, kept=kept.pk)


def _is_sent(case):
    """Whether an agency was told already."""
    return case.handovers.exclude(state__in=OVER | OPEN).exists()


def _draft(case, by, at):
    """The handover that waits to be sent for somebody who is out; None where none may be made."""
    if standing := case.handovers.filter(state__in=OPEN).first():
        return standing
    plan, agencies = queries.of_case(case), [one.agency for one in protocols.choices(case) if not one.why_not]
    wanted = [agency for agency in agencies if plan and agency == plan.agency]
    chosen = wanted or (agencies if len(agencies) == 1 else [])
    if not chosen:
        return None
    try:
        return handovers.make(
            case=case,
            agency=chosen[0],
            release_on=timezone.localdate(case.spell.ended_at),
            content=queries.said(case, plan),
            by=by,
            at=at,
        )
    except ValidationError:  # A roll goes on whatever a plan says.
        logger.warning("No handover of case %s could be made at once.", case.pk)
        return None


def _tell(case, draft, by, at):
    """Everybody who can send the handover, or find out why there is none, is told that something waits."""
    path = (
        reverse("partners:handover", args=[draft.pk]) if draft else reverse("partners:release", args=[case.person_id])
    )
    workers = User.objects.active().filter(allocations__case=case, allocations__until_at=None)
    managers = User.objects.active().filter(prison=case.prison_id, role=Role.MANAGER)
    for user in {*workers, *managers}:
        mail.ask(
            kind=Notice.HANDOVER_WANTED,
            path=path,
            about=f"handover {draft.pk} at once" if draft else f"case {case.pk} without a handover",
            user=user,
            person=case.person,
            prison=case.prison,
            by=by,
            at=at,
        )
