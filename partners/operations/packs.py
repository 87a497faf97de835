"""Building the packs of handovers."""

import hashlib

from django.db import transaction
from django.utils import timezone

from casework import audit
from partners.formats import pack as formats
from partners.models import Pack
from partners.queries import handovers as queries
from partners.queries import protocols

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
        pack.state, pack.progress, pack.built_at = Pack.State.BUILT, 100, built_at
        pack.pdf, pack.sha256 = pdf, hashlib.sha256(pdf).hexdigest()
    pack.save(update_fields=["state", "failure", "progress", "built_at", "pdf", "sha256"])
    audit.record(by=by, action=f"pack.{pack.state.lower()}", target=pack, number=pack.number, sha256=pack.sha256)


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
