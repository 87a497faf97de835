"""In 1,000 random worlds each agency reaches what it may know and nothing else, by raw SQL and by every page."""

import random

import pytest
from django.db import connection

from casework import context
from casework.access import Role
from tests import factories
from tests.partners.world_rows import Rows
from tests.partners.worlds import AGENCIES, draw

pytestmark = pytest.mark.django_db
AT_ONCE = 100
# What hangs on handovers, and is seen with them.
HANGING = ["partners_handovermove", "partners_handoverappointment", "partners_releasemove", "partners_pack"]
# What an agency reads besides is about nobody who is held: its accounts, its own drafts and wishes, its visitors, its invitations.
OPEN = {
    "casework_draft",
    "casework_noticeoff",
    "casework_user",
    "partners_keyholder",
    "partners_meetingagency",
}


def worlds(seed):
    """Worlds made with this seed, as specs and as rows."""
    dice = random.Random(seed)
    numbers = (f"{letter}{digits:04d}YY" for letter in "ABCDEFGHJK" for digits in range(10_000))
    made = [draw(dice, numbers) for _ in range(AT_ONCE)]
    return made, Rows(made)


def readable():
    """The tables under row security that a session of an agency may read at all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relforcerowsecurity AND relnamespace = 'public'::regnamespace"
            " AND has_any_column_privilege('ww_partner', oid, 'SELECT')"
        )
        return {name for (name,) in cursor.fetchall()}


def expected(world, agency):
    """Table → keys of what ``agency`` may read of it; of what hangs on handovers the keys of those."""
    reach = world.reach(agency)
    keys = {table: {spec.pk for spec in specs} for table, specs in reach.items()}
    handovers = reach["partners_handover"]
    keys["partners_handovermove"] = {p.pk for p in handovers}
    keys["partners_handoverappointment"] = {p.pk for p in handovers if p.offered}
    keys["partners_releasemove"] = {p.pk for p in handovers if p.moved}
    keys["partners_pack"] = {p.pk for p in handovers if "BUILT" in p.packs}
    return keys


def read(user, tables):
    """The keys that a session of ``user`` reads from each table, whatever is asked."""
    asked = " UNION ALL ".join(
        f"SELECT '{table}', array_agg({'handover_id' if table in HANGING else 'id'}) FROM {table}" for table in tables
    )
    with context.acting(user), connection.cursor() as cursor:
        cursor.execute(asked)
        return {table: set(keys or []) for table, keys in cursor.fetchall()}


@pytest.mark.parametrize("seed", range(10))
def test_a_session_of_an_agency_reads_what_it_may_know_and_nothing_else(seed):
    made, rows = worlds(seed)

    for number, world in enumerate(made):
        for agency in AGENCIES:
            told = expected(world, agency)
            assert read(rows.users[world, agency], told) == told, f"seed {seed}, world {number}, {agency}"


def test_every_table_that_an_agency_may_read_is_compared_or_about_nobody():
    factories.user(Role.PARTNER)
    made, _ = worlds(0)

    assert readable() == OPEN | set(expected(made[0], AGENCIES[0]))
