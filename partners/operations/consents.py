"""What becomes of handovers that were sent when the person agrees to fewer parts than before (docs/adr/0013)."""

from django.db import transaction
from django.utils import timezone

from casework import audit
from partners.formats import sections
from partners.models import Handover, Pack
from partners.queries import packs

TAKEN_OUT = "Parts that are no longer shared were taken out."


@transaction.atomic
def take_out(*, consent, by, at):
    """Take the parts that ``consent`` does not let be told out of what was sent under an earlier one: of the row, and of its pack.

    The pack that was sent is set aside and another, without those parts, waits to be built; until then the agency sees none.
    """
    whose = {"person": consent.person_id, "prison": consent.prison_id, "agency": consent.agency_id}
    sent = Handover.objects.filter(**whose, state__in=Handover.SHARED).exclude(sections__contained_by=consent.sections)
    for handover in sent.select_for_update(of=["self"]):
        handover.sections = [section for section in handover.sections if section in consent.sections]
        handover.content = sections.agreed(handover.content, handover.sections)
        handover.save(update_fields=["sections", "content"])
        pack = _made_again(handover, by, at)
        audit.record(by=by, action="handover.parts_taken_out", target=handover, sections=handover.sections, pack=pack)


def _made_again(handover, by, at):
    """The next pack of ``handover``, from what the last one said."""
    last = handover.packs.current().defer("pdf").select_for_update().first()
    handover.packs.update(state=Pack.State.STALE)  # Those that were amended hold the parts as well.
    if last is None:
        return None
    content = last.content
    number = (content.get("pack", {}).get("amendment") or 0) + 1
    change = {"number": number, "on": timezone.localdate(at).isoformat(), "changed": TAKEN_OUT}
    content = packs.trimmed(content, handover.sections) | {
        "pack": {**content.get("pack", {}), "amendment": number},
        "consents": packs.consents(handover),
        "amendments": [change],  # What changed earlier may have been in a part that is taken out.
    }
    pack = Pack(
        handover=handover,
        prison_id=handover.prison_id,
        agency_id=handover.agency_id,
        number=handover.packs.count() + 1,
        content=content,
        asked_by=by,
        asked_at=at,
    )
    pack.full_clean()
    pack.save()
    return pack
