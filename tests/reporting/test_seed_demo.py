import json
from datetime import date
from io import StringIO

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from casework.models import AuditEntry, CustodySpell, Person, User
from interventions.models import Contact
from reporting.operations.demo import prison, staff
from tests import codes, factories

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 12)


def run(*arguments):
    out, err = StringIO(), StringIO()
    call_command("seed_demo", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def unwritten(monkeypatch):
    """The world that ``fill`` last invented, which is not written: that takes longest."""
    worlds = []
    monkeypatch.setattr(prison, "_write", lambda world, by, say: worlds.append(world))
    return worlds


def invented(worlds, seed=1):
    """What a month looks like, without the keys that the database gives; nothing of it stays."""
    with transaction.atomic():
        prison.fill(code="LPI", months=1, seed=seed, today=TODAY, by=User.objects.system())
        transaction.set_rollback(True)
    rows = worlds.pop().rows
    people = [(row.number, row.name, row.date_of_birth) for row in rows[Person]]
    contacts = [
        (row.at, row.minutes, row.note, row.outcome, row.worker.username, row.person.number, row.nonce)
        for row in rows[Contact]
    ]
    return people, contacts


def test_seed_demo_fills_an_empty_prison_and_lists_its_accounts():
    out, _ = run("--prison", "LPI", "--months", "1", "--seed", "5")

    months = [timezone.localdate().replace(day=1)]
    assert f"{months[0]:%B %Y}: " in out or timezone.localdate().day == 1
    assert out.splitlines()[-1].endswith("Everybody in them is invented.")
    assert CustodySpell.objects.on_roll().count() == 1300
    told, _ = run("--accounts")
    assert told.splitlines() == [
        "Demo accounts",
        "  keyworker          Keyworker",
        "  officer            Keyworker",
        "  manager            Manager",
        "  admin              Administrator",
        "  auditor            Auditor",
        "  partner.liverpool  Partner",
        "  partner.wirral     Partner",
        "  partner.testing    Partner",
        f"  password of each: {staff.PASSWORD}",
        "  code of a partner: .venv/bin/python manage.py seed_demo --code",
        f"                     (or teach an app {settings.DEMO_TOTP_SECRET})",
    ]
    assert User.objects.exclude(second_factor_at=None).count() == 3


def test_seed_demo_leaves_a_prison_with_people_in_it_alone():
    factories.spell()
    before = AuditEntry.objects.count()

    assert run("--if-empty") == ("", "")
    with pytest.raises(CommandError, match="has people in it already. Demo data goes into an empty prison only."):
        run("--months", "1")

    assert (CustodySpell.objects.count(), AuditEntry.objects.count()) == (1, before)


def test_seed_demo_prints_the_code_that_partners_sign_in_with():
    with time_machine.travel(timezone.now(), tick=False):
        assert run("--code")[0].split() == [codes.code(settings.DEMO_TOTP_SECRET)]


def test_seed_demo_prints_json_alone(monkeypatch):
    monkeypatch.setattr(prison, "fill", lambda **given: given["say"]("a month") or {"rows": {"a.b": 1}})

    out, err = run("--json")

    assert (json.loads(out), err) == ({"rows": {"a.b": 1}}, "a month\n")


def test_seed_demo_is_refused_in_production(settings):
    settings.ENVIRONMENT = "production"

    for arguments in [(), ("--accounts",), ("--code",), ("--if-empty",)]:
        with pytest.raises(CommandError, match="have no place in production. Nothing was done."):
            run(*arguments)


def test_seed_demo_has_no_accounts_to_list_where_it_never_ran():
    factories.user(username="keyworker")

    with pytest.raises(CommandError, match="There are no demo accounts here"):
        run("--accounts")


@pytest.mark.parametrize("months", ["0", "25"])
def test_seed_demo_refuses_a_number_of_months_out_of_range(months):
    with pytest.raises(CommandError, match="Choose between 1 and 24 months."):
        run("--months", months)


def test_fill_gives_the_same_for_the_same_and_something_else_for_another_seed(unwritten):
    first, again, other = invented(unwritten), invented(unwritten), invented(unwritten, seed=2)

    assert first == again
    assert first[0] != other[0]


def test_fill_of_a_second_prison_gives_its_accounts_names_of_their_own(unwritten):
    factories.user(username="keyworker", prison=factories.prison("MRI", "Another"))

    prison.fill(code="LPI", months=1, seed=1, today=TODAY, by=User.objects.system())

    names = User.objects.filter(prison__code="LPI", username__startswith="keyworker").values_list("username", flat=True)
    assert list(names) == ["keyworker.lpi"]


def test_fill_keeps_nothing_when_it_is_interrupted(monkeypatch):
    def stop(line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prison.fill(code="LPI", months=1, seed=1, today=TODAY, by=User.objects.system(), say=stop)

    assert User.objects.filter(prison__code="LPI").count() == 0


def test_fill_names_the_reason_by_code():
    with pytest.raises(ValidationError) as refused:
        prison.fill(code="LPI", months=25, seed=1, today=TODAY, by=User.objects.system())

    assert refused.value.code == "months"
