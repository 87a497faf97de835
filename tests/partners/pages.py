"""What tests of the pages on both sides do again and again."""

import re
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from casework.models import AuditEntry, ReleaseDate, User
from partners.operations import handovers, packs
from tests import factories
from tests.partners import contents


def at(name, *args):
    if name == "query":
        name, args = "agency_step", (*args, "query")
    return reverse(f"partners:{name}", args=args)


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def trail(kind="READ"):
    return list(AuditEntry.objects.filter(kind=kind).order_by("pk").values_list("action", "person_id"))


def ready(case):
    made = handovers.make(
        case=case, agency=factories.agency(), release_on=timezone.localdate(), content=contents.FULL, by=case.opened_by
    )
    factories.clinical_part(made)
    return handovers.ready(handover=made, by=case.opened_by).handover


def built(made):
    pack = made.packs.get()
    packs.build(pack_id=pack.pk, by=User.objects.system())
    pack.refresh_from_db()
    return pack


def due(case, days, kind="CONDITIONAL", **given):
    given = {"recorded_at": timezone.now(), "recorded_by": case.opened_by, **given}
    on = timezone.localdate() + timedelta(days=days)
    return ReleaseDate.objects.create(spell=case.spell, prison=case.prison, kind=kind, on=on, **given)
