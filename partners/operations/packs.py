"""Building the packs of handovers."""

import hashlib

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from casework import audit
from casework.models import Notice
from casework.operations import mail
from partners.formats import changes, sections
from partners.formats import pack as formats
from partners.models import Handover, Pack
from partners.operations import checks
from partners.queries import content as contents
from partners.queries import handovers as queries
from partners.queries import packs, protocols

GIVEN_UP = f"The pack could not be built in {Pack.MOST_ATTEMPTS} attempts. Try again, and tell the administrator if that does not help."


@transaction.atomic
def claim(*, pack_id, by):
    """Count an attempt to build a waiting pack, before it is made. False where there is nothing to build, or it has failed too often."""
    pack = _waiting(pack_id)
    if pack is None:
        return False
    if given_up := pack.attempts >= Pack.MOST_ATTEMPTS:
        pack.state, pack.failure = Pack.State.FAILED, GIVEN_UP
    else:
        pack.attempts, pack.progress = pack.attempts + 1, 20
    pack.save(update_fields=["state", "failure", "attempts", "progress"])
    audit.record(by=by, action="pack.given_up" if given_up else "pack.attempted", target=pack, attempts=pack.attempts)
    return not given_up


@transaction.atomic
def build(*, pack_id, by, at=None):
    """Typeset a waiting pack, unless another worker does or has done so. What cannot be typeset waits for a person, with the reason."""
    pack = _waiting(pack_id)
    if pack is None:
        return
    try:
        if refused := _refused(pack.handover):
            raise formats.PackError(refused)
        built_at = at or timezone.now()
        pdf = formats.typeset(pack.content, made_at=built_at)
    except formats.PackError as error:
        pack.state, pack.failure, pack.progress = Pack.State.FAILED, str(error), 0
    else:
        _replace(pack, by, built_at)
        pack.state, pack.progress, pack.built_at = Pack.State.BUILT, 100, built_at
        pack.pdf, pack.sha256 = pdf, hashlib.sha256(pdf).hexdigest()
    pack.save(update_fields=["state", "failure", "progress", "built_at", "pdf", "sha256"])
    audit.record(by=by, action=f"pack.{pack.state.lower()}", target=pack, number=pack.number, sha256=pack.sha256)


@transaction.atomic
def amend(*, handover, by, release_on=None, content=None, version=None, left_because="", at=None):
    """Send a handover that was sent already once more, as it reads now: with another ``release_on`` or ``content`` where they are given.

    The new pack says what is different from the one before, which the computer finds by comparing the two; its agency reads both, and
    is told by mail once the new one is built. Nothing different is refused, and so is what may not be sent (``stands_in_the_way``).
    Returns the pack, which waits to be built. ``left_because``: why what is marked in it may stay (``checks.leave_words``).
    """
    row = (
        Handover.objects.select_for_update(of=["self"]).select_related("prison", "agency", "person").get(pk=handover.pk)
    )
    if not row.may_be_amended:
        raise ValidationError(f"This handover is {row.get_state_display().lower()}, so it cannot be amended.")
    sent = list(row.packs.filter(state__in=Pack.SENT).defer("pdf"))
    row.release_on = release_on or row.release_on
    row.content = contents.whole(row.content if content is None else content, row.person)
    agreed = protocols.agreed_sections(row)
    row.sections = row.sections if agreed is None else agreed
    said = _amended(row, sent, by, at or timezone.now())
    making = (
        row.packs.filter(state__in=[Pack.State.WAITING, Pack.State.FAILED]).defer("pdf").select_for_update().first()
    )
    if making and making.asked_by_id == by.pk and making.changed == said["amendments"][-1]["changed"]:
        return making  # A double click.
    if not said["amendments"][-1]["changed"]:
        raise ValidationError("Nothing is different from the pack that was sent last.")
    row.raise_version(version)
    if left_because:
        checks.leave_words(handover=row, reason=left_because, by=by, at=at)
    if found := queries.stands_in_the_way(row):
        raise ValidationError([obstacle.text for obstacle in found])
    row.content = sections.agreed(row.content, row.sections)
    row.save(update_fields=["release_on", "content", "sections", "version"])
    row.release_moves.filter(seen_at=None).update(seen_at=at or timezone.now(), seen_by=by)
    row.packs.filter(state__in=[Pack.State.WAITING, Pack.State.FAILED]).update(state=Pack.State.STALE)
    pack = Pack(
        handover=row,
        prison=row.prison,
        agency=row.agency,
        number=row.packs.count() + 1,
        content=said,
        changed=said["amendments"][-1]["changed"],
        asked_by=by,
        asked_at=at or timezone.now(),
    )
    pack.full_clean()
    pack.save()
    audit.record(by=by, action="handover.amended", target=row, pack=pack, release_on=row.release_on.isoformat())
    return pack


@transaction.atomic
def try_again(*, pack, by):
    """Let a pack that could not be built wait for another round of attempts."""
    failed = Pack.objects.select_for_update(of=["self"]).select_related("handover").get(pk=pack.pk)
    if failed.state != Pack.State.FAILED:
        return failed
    failed.state, failed.attempts, failed.progress, failed.failure = Pack.State.WAITING, 0, 0, ""
    failed.save(update_fields=["state", "attempts", "progress", "failure"])
    audit.record(by=by, action="pack.asked_again", target=failed, number=failed.number)
    return failed


def _refused(handover):
    """Why no pack is made of ``handover`` any more, whoever asked for it and when: consent and protocol are asked as it is made."""
    died = [queries.DIED] if queries.has_died(handover.person_id) else []
    return " ".join(filter(None, [*died, *protocols.lacking(handover), protocols.kept_back(handover)]))[:300]


def _waiting(pack_id):
    rows = Pack.objects.waiting().select_for_update(of=["self"], skip_locked=True).select_related("handover")
    return rows.filter(pk=pack_id).first()


def _amended(row, sent, by, at):
    """What the pack of an amendment says: as the first, and what changed with this one and with those before it."""
    last = sent[0]
    said = packs.compose(row, sender=by)
    said["pack"] = {**said["pack"], "amendment": len(sent)}
    said["amendments"] = [
        *(last.content.get("amendments") or []),
        {
            "number": len(sent),
            "on": timezone.localdate(at).isoformat(),
            "changed": changes.told(last.content, said),
        },
    ]
    return said


def _replace(pack, by, at):
    """The pack that ``pack`` takes the place of stays readable, and the agency is told that there is another."""
    row = pack.handover
    before = row.packs.filter(state=Pack.State.BUILT).defer("pdf").first()
    if before is None:
        return
    row.packs.filter(pk=before.pk).update(state=Pack.State.AMENDED)
    moved = before.content["custody"].get("release_on") != pack.content["custody"].get("release_on")
    mail.ask(
        kind=Notice.RELEASE_MOVED if moved else Notice.HANDOVER_SENT,
        path=reverse("partners:received", args=[row.pk]),
        about=f"handover {row.pk} pack {pack.number}",
        agency=row.agency,
        person=row.person,
        prison=row.prison,
        by=by,
        at=at,
    )
