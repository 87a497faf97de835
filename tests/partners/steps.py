"""What tests of handovers and packs do again and again."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.utils import timezone

from casework import context
from casework.models import AuditEntry, CustodySpell, User
from partners.models import Handover
from partners.operations import packs
from tests import factories
from tests.partners import contents


def draft(content=contents.FULL):
    return factories.handover(state=Handover.State.DRAFT, content=content)


def refusal(operation, **given):
    with pytest.raises(ValidationError) as refused:
        operation(**given)
    return " ".join(refused.value.messages)


def build(pack, by=None):
    system = by or User.objects.system()
    if packs.claim(pack_id=pack.pk, by=system):
        packs.build(pack_id=pack.pk, by=system)
    pack.refresh_from_db()
    return pack


def actions():
    kinds = AuditEntry.objects.filter(kind="OPERATION").order_by("pk")
    return [entry.action for entry in kinds]


def died(case):
    case.spell.ended_at, case.spell.end = timezone.now(), CustodySpell.End.DIED
    case.spell.save()


def at_once(operation, *users):
    """What came of ``operation`` done by each of ``users`` at the same time: None, or the words of the refusal."""
    gate, answers = threading.Barrier(len(users)), []

    def act(user):
        try:
            with context.acting(user):
                gate.wait()
                answers.append(operation(user))
        except ValidationError as error:
            answers.append(error.messages[0])
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act, args=[user]) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers, key=str)
