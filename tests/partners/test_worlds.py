"""In 1,000 random worlds each agency reaches what it may know and nothing else, by raw SQL and by every page."""

import random
import re

import pytest
from django.db import connection, transaction
from django.urls import get_resolver, reverse

from casework import context
from casework.access import ALLOWED, Role
from tests import factories
from tests.partners.world_rows import Rows
from tests.partners.worlds import AGENCIES, OWN_TEAM, draw
from tests.test_hidden_people import patterns

pytestmark = pytest.mark.django_db
AT_ONCE = 100
# What hangs on handovers, and is seen with them.
HANGING = ["partners_handovermove", "partners_handoverappointment", "partners_releasemove"]
# What an agency reads besides is about nobody who is held: its accounts, its own drafts and wishes, its visitors, its invitations.
OPEN = {
    "casework_draft",
    "casework_noticeoff",
    "casework_user",
    "partners_keyholder",
    "partners_lastlook",
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


# Pages: the same worlds, by address.

THEIRS = {
    f"{prefix}{pattern.name}": pattern
    for prefix, pattern in patterns(get_resolver())
    if getattr(pattern.callback, "permission", None) in ALLOWED[Role.PARTNER]
}
PAGES = {name: pattern for name, pattern in THEIRS.items() if name.startswith("partners:")}
# The pages outside of this app lead to nobody who is held: accounts, what somebody typed himself, the parts that pages are made of.
ABOUT_NOBODY = {"account_id", "draft_id", "version"}
# What a key in an address is a key of. A new kind of key has to be taught here.
KEYS = {
    "agreed_id": "partners_meetingaction",
    "handover_id": "partners_handover",
    "meeting_id": "partners_meeting",
    "minutes_id": "partners_meetingminutes",
    "outward_id": "partners_outwardreferral",
    "pack_id": "partners_pack",
    "visit_id": "partners_wingvisit",
}
# The lists, and the people whom each names.
LISTS = {
    "partners:agreements": lambda reach: [],
    "partners:coming": lambda reach: [p.person for p in reach["partners_handover"] if p.state != "CLOSED"],
    "partners:export_coming": lambda reach: [p.person for p in reach["partners_handover"] if p.state != "CLOSED"],
    "partners:referred": lambda reach: [a.person for a in reach["partners_outwardreferral"] if a.state == "MADE"],
    "partners:our_meetings": lambda reach: [
        i.person for i in reach["partners_meetingitem"] if {*i.actions} & {*reach["partners_meetingaction"]}
    ],
} | dict.fromkeys(
    ["partners:visits", "partners:log_visit", "partners:visit_sheet", "partners:visit_name"], lambda reach: []
)  # Nobody of these agencies carries keys.
# A click on what is ticked, and what is for departments of the prison: tests of their own.
APART = {"partners:acknowledge_all", "partners:tell"}
ELSE = {"name": "query"}
NUMBER = re.compile(r"\b[A-Z]\d{4}YY\b")


def keys_of(patterns):
    return {key for pattern in patterns for key in pattern.pattern.converters}


def test_every_page_of_an_agency_is_a_list_or_of_one_row_or_about_nobody():
    plain = {name for name, pattern in PAGES.items() if not pattern.pattern.converters} - APART

    assert (plain, keys_of(PAGES.values())) == (set(LISTS), {*KEYS, *ELSE})
    assert keys_of(pattern for name, pattern in THEIRS.items() if name not in PAGES) <= ABOUT_NOBODY


# The pages of one row: name, and the key of the row.
ROWS = [
    (name, key)
    for name, pattern in sorted(PAGES.items())
    for key in sorted(KEYS.keys() & pattern.pattern.converters.keys())
]


def also(name):
    """What else the address of a page needs."""
    return {key: word for key, word in ELSE.items() if key in PAGES[name].pattern.converters}


def visit(client, name, keys=()):
    """The status of a page, and the numbers that stand on it; what a click changed is put back."""
    address = reverse(name, kwargs=dict(keys))
    with transaction.atomic():
        response = client.get(address)
        if response.status_code == 405:
            response = client.post(address)
        transaction.set_rollback(True)
    return response.status_code, set(NUMBER.findall(response.content.decode(errors="ignore")))


@pytest.mark.parametrize("seed", range(10))
def test_pages_give_an_agency_what_it_may_know_and_nothing_else(client, seed):
    made, rows = worlds(seed)
    dice = random.Random(seed)

    for number, world in enumerate(made):
        agency = dice.choice(OWN_TEAM)
        client.force_login(rows.users[world, agency])
        reach, where = world.reach(agency), f"seed {seed}, world {number}, {agency}"
        name = dice.choice(sorted(LISTS))
        known = {person.number for person in LISTS[name](reach)}
        assert visit(client, name) == (200, known), f"{name}, {where}"
        for name, key in dice.sample(ROWS, 2):
            if specs := world.specs()[KEYS[key]]:
                spec = dice.choice(specs)
                status, _ = visit(client, name, {key: spec.pk, **also(name)})
                assert (status != 404) == (spec in reach[KEYS[key]]), f"{name} {status}, {where}"
