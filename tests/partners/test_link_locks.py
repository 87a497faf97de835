"""What the database lets a link do, whatever the query: one handover, four steps, and nothing else."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from casework import audit, context
from casework.access import Role
from casework.models import Consent, User
from partners.models import HandoverAppointment, HandoverLink, HandoverMove, LinkView, Protocol, Visitor
from partners.operations import links as operations
from tests import factories
from tests.partners import links

pytestmark = pytest.mark.django_db
READABLE = {
    "casework_agency": "id",
    "casework_prison": "id",
    "partners_handover": "id",
    "partners_handoverappointment": "handover_id",
    "partners_handoverlink": "id",
    "partners_handovermove": "handover_id",
    "partners_linkview": "id",
    "partners_pack": "handover_id",
}
WRITABLE = {
    "casework_mail": {"INSERT": "all"},
    "partners_handover": {"UPDATE": {"answered_at", "state", "version"}},
    "partners_handoverappointment": {"INSERT": "all", "UPDATE": {"outcome", "outcome_at", "outcome_by_id"}},
    "partners_handovermove": {"INSERT": "all"},
    "partners_linkview": {"INSERT": "all"},
}


def rows(sql, *given):
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def visitor(link):
    return Visitor(link.pk, link.handover_id, link.prison_id, link.agency_id, link.agency.name, link.expires_at)


def filled(made):
    """Everything that hangs on a handover, with a link that was opened."""
    link = links.bound(links.sent(made)[0])
    place = {"handover": made, "prison": made.prison, "agency": made.agency}
    now = timezone.now()
    HandoverMove.objects.create(**place, before="READY", after="SENT", by=made.made_by, at=now)
    HandoverMove.objects.create(**place, before="DRAFT", after="READY", words="Between us", by=made.made_by, at=now)
    HandoverAppointment.objects.create(
        **place, at=now, where="Hope Street", offered_by=made.made_by, offered_at=now, outcome="MISSED", outcome_at=now
    )
    LinkView.objects.create(**place, link=link, what="OPENED", at=now)
    return link


@pytest.fixture
def link():
    """A link that was opened, and around it others: of the same agency and person, of another agency, of another prison."""
    mine = links.handover()
    altcourse = factories.prison("ACI", "Altcourse")
    there = factories.case(factories.spell(prison=altcourse).person, worker=factories.user(prison=altcourse))
    filled(links.handover())
    filled(links.handover(of=mine.case, agency=factories.agency("Wirral DIP", mailbox=links.MAILBOX)))
    filled(links.handover(of=there))
    factories.note(mine.person)
    factories.user(Role.PARTNER, agency=mine.agency)
    return filled(mine)


def tables():
    return [
        name
        for (name,) in rows(
            "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname IN ('public', 'ww') AND c.relkind IN ('r', 'p', 'v', 'm', 'S') ORDER BY 1"
        )
    ]


def refused(sql, *given):
    """Whether the database refuses this; nothing of it stays."""
    try:
        with transaction.atomic():
            rows(sql, *given)
            transaction.set_rollback(True)
    except DatabaseError:
        return True
    return False


def taken(link, after, reason=""):
    """Whether a step can be taken and noted by a link; nothing of it stays."""
    with transaction.atomic():
        step = "UPDATE partners_handover SET state = %s WHERE id = %s RETURNING id"
        moved = not refused(step, after, link.handover_id) and rows(step, after, link.handover_id)
        noted = not refused(MOVE, link.handover_id, link.prison_id, link.agency_id, after, reason, None, link.pk)
        transaction.set_rollback(True)
    return bool(moved and noted)


def test_link_reads_one_handover_and_what_hangs_on_it(link):
    known = {
        "casework_agency": link.agency_id,
        "casework_prison": link.prison_id,
        "partners_handoverlink": link.pk,
        "partners_linkview": LinkView.objects.get(link=link).pk,
    }
    expected = {f"public.{table}": [known.get(table, link.handover_id)] for table in READABLE}

    found = {}
    with context.acting(visitor(link)):
        for table in tables():
            column = READABLE.get(table.removeprefix("public."), "*")
            if not refused(f"SELECT {column} FROM {table}"):
                found[table] = [key for (key,) in rows(f"SELECT {column} FROM {table}")]

    assert found == expected


def test_link_reads_no_words_from_before_it_was_sent(link):
    with context.acting(visitor(link)):
        assert rows("SELECT after, words FROM partners_handovermove") == [("SENT", "")]


def test_link_may_write_what_its_steps_need_and_nothing_else():
    found = {}
    for table, privilege in [(t, p) for t in tables() for p in ["INSERT", "UPDATE", "DELETE", "TRUNCATE"]]:
        if table.endswith("_seq") or rows("SELECT relkind = 'S' FROM pg_class WHERE oid = %s::regclass", table)[0][0]:
            continue
        if rows("SELECT has_table_privilege('ww_link', %s, %s)", table, privilege)[0][0]:
            found.setdefault(table.removeprefix("public."), {})[privilege] = "all"
        elif privilege in {"INSERT", "UPDATE"}:
            columns = rows(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
                " AND has_column_privilege('ww_link', attrelid, attnum, %s)",
                table,
                privilege,
            )
            if columns:
                found.setdefault(table.removeprefix("public."), {})[privilege] = {name for (name,) in columns}

    assert found == WRITABLE


MOVE = (
    "INSERT INTO partners_handovermove (handover_id, prison_id, agency_id, before, after, reason, words, by_id, link_id, at)"
    " VALUES (%s, %s, %s, 'SENT', %s, %s, '', %s, %s, now())"
)
OFFER = (
    'INSERT INTO partners_handoverappointment (nonce, handover_id, prison_id, agency_id, at, "where", whom, offered_by_id,'
    " offered_at, outcome) VALUES (gen_random_uuid(), %s, %s, %s, now(), 'x', '', %s, now(), %s)"
)
VIEW = "INSERT INTO partners_linkview (link_id, handover_id, prison_id, agency_id, what, at) VALUES (%s, %s, %s, %s, %s, now())"
MAIL = (
    'INSERT INTO casework_mail (nonce, prison_id, user_id, agency_id, kind, "to", path, asked_at, next_at, tries, given_up_because)'
    " VALUES (gen_random_uuid(), %s, %s, %s, 'HANDOVER_ANSWERED', %s, '/', now(), now(), 0, '')"
)


def test_link_takes_its_four_steps_for_its_own_handover_only(link):
    other = HandoverLink.objects.exclude(pk=link.pk).filter(agency=link.agency, prison=link.prison).get()
    user = link.made_by_id
    own, place = link.handover_id, [link.prison_id, link.agency_id]

    with context.acting(visitor(link)):
        allowed = [
            after
            for after, reason in [("ACKNOWLEDGED", ""), ("QUERIED", ""), ("REFUSED", "OTHER")]
            if taken(link, after, reason)
        ]
        rows("UPDATE partners_handover SET state = 'ACKNOWLEDGED' WHERE id = %s RETURNING id", own)
        allowed += ["OFFERED"] * taken(link, "OFFERED")
        closed = [
            after
            for after in ["DRAFT", "READY", "SENT", "KEPT", "MISSED", "CLOSED", "RECALLED"]
            if not refused(MOVE, own, *place, after, "", None, link.pk)
        ]
        strange = [
            given
            for given in [
                (own, *place, "QUERIED", "", user, None),
                (own, *place, "QUERIED", "", user, link.pk),
                (own, *place, "QUERIED", "", None, other.pk),
                (other.handover_id, *place, "QUERIED", "", None, link.pk),
            ]
            if not refused(MOVE, *given)
        ]

    assert (allowed, closed, strange) == (["ACKNOWLEDGED", "QUERIED", "REFUSED", "OFFERED"], [], [])


def test_link_moves_the_state_of_its_own_handover_as_far_as_an_agency_does(link):
    other = HandoverLink.objects.exclude(pk=link.pk).filter(agency=link.agency, prison=link.prison).get()
    change = "UPDATE partners_handover SET state = %s, version = version + 1 WHERE id = %s"

    with context.acting(visitor(link)):
        assert rows(change, "ACKNOWLEDGED", other.handover_id) == 0
        assert rows("UPDATE partners_handover SET state = 'ACKNOWLEDGED'") == 1
        for state in ["KEPT", "MISSED", "CLOSED", "RECALLED", "SENT", "DRAFT"]:
            assert refused(change, state, link.handover_id), state
        assert rows(change, "OFFERED", link.handover_id) == 1
        assert refused(change, "KEPT", link.handover_id)
        assert refused("UPDATE partners_handover SET content = '{}'")


@pytest.mark.parametrize("table", ["handoverappointment", "linkview", "mail"])
def test_link_adds_its_own_rows_and_no_others(link, table):
    other = HandoverLink.objects.exclude(pk=link.pk).filter(agency=link.agency, prison=link.prison).get()
    place, user = [link.prison_id, link.agency_id], link.made_by_id
    altcourse = HandoverLink.objects.exclude(prison=link.prison).get().prison_id
    cases = {
        "handoverappointment": (OFFER, [link.handover_id, *place, None, ""], [
            [other.handover_id, *place, None, ""],
            [link.handover_id, *place, user, ""],
            [link.handover_id, *place, None, "KEPT"],
            [link.handover_id, altcourse, link.agency_id, None, ""],
        ]),
        "linkview": (VIEW, [link.pk, link.handover_id, *place, "PACK"], [
            [other.pk, other.handover_id, *place, "PACK"],
            [link.pk, other.handover_id, *place, "PACK"],
            [link.pk, link.handover_id, *place, "OPENED"],
            [link.pk, link.handover_id, altcourse, link.agency_id, "PACK"],
        ]),
        "mail": (MAIL, [link.prison_id, user, None, ""], [
            [altcourse, user, None, ""],
            [link.prison_id, None, link.agency_id, ""],
            [link.prison_id, user, None, "x@elsewhere.example"],
        ]),
    }  # fmt: skip
    sql, right, wrong = cases[table]

    with context.acting(visitor(link)):
        assert not refused(sql, *right)
        assert [given for given in wrong if not refused(sql, *given)] == []


def ends(link):
    yield "withdrawn", lambda: Consent.objects.update(withdrawn_at=timezone.now())
    yield "lapsed", lambda: Protocol.objects.update(ended_on=timezone.localdate())
    yield "revoked", lambda: operations.revoke(link=link, by=link.made_by)
    yield "expired", lambda: HandoverLink.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    yield "dead", lambda: HandoverLink.objects.update(tries=HandoverLink.MOST_TRIES)
    yield "never opened", lambda: HandoverLink.objects.update(bound="", first_used_at=None)


@pytest.mark.parametrize("which", range(6))
def test_what_ends_is_gone_at_the_next_statement(link, which):
    end = list(ends(link))[which][1]

    with context.acting(visitor(link)):
        assert rows("SELECT id FROM partners_handover") == [(link.handover_id,)]
        with context.acting(User.objects.system()):
            end()
        for table in ["handover", "handovermove", "handoverappointment", "pack"]:
            assert rows(f"SELECT id FROM partners_{table}") == []
        assert rows("UPDATE partners_handover SET state = 'ACKNOWLEDGED'") == 0
        assert refused(MOVE, link.handover_id, link.prison_id, link.agency_id, "QUERIED", "", None, link.pk)


@pytest.mark.parametrize(
    "call",
    [
        "ww.agrees(1, 1, 1, 'HANDOVER')",
        "ww.hidden_people()",
        "ww.may_see(1, 1)",
        "ww.is_restricted(1)",
        "ww.hidden_numbers('{}')",
        "ww.open_link('', '', '')",
        "ww.enter_link('', '', interval '1 hour')",
        "ww.kiosk('')",
    ],
)
def test_link_may_not_call_what_tells_of_others(link, call):
    with context.acting(visitor(link)):
        assert refused(f"SELECT {call}")


def test_link_answers_only_where_the_protocol_lets_answers_pass(link):
    own = [link.handover_id, link.prison_id, link.agency_id]
    Protocol.objects.filter(agency=link.agency).update(items=["OUT_HANDOVER"])

    with context.acting(visitor(link)):
        assert rows("SELECT id FROM partners_handover") == [(link.handover_id,)]
        assert rows("UPDATE partners_handover SET state = 'ACKNOWLEDGED'") == 0
        assert refused(MOVE, *own, "QUERIED", "", None, link.pk)
        assert refused(OFFER, *own, None, "")


def test_link_asks_about_the_protocol_of_its_own_agency_only(link):
    other = HandoverLink.objects.exclude(agency=link.agency).get()
    asked = "SELECT ww.protocol_allows(%s, %s, 'OUT_HANDOVER')"

    with context.acting(visitor(link)):
        assert rows(asked, link.prison_id, link.agency_id) == [(True,)]
        assert rows(asked, other.prison_id, other.agency_id) == [(False,)]


def test_link_learns_no_other_handover_from_the_one_rule(link):
    with context.acting(visitor(link)):
        assert rows("SELECT ww.shared_handovers(%s)", link.agency_id) == [(link.handover_id,)]


def test_link_writes_into_the_trail_as_nobody_but_itself(link):
    with context.acting(visitor(link)):
        audit.record(by=visitor(link), action="link.used", target=link)
        with pytest.raises(DatabaseError, match="somebody else"), transaction.atomic():
            audit.record(by=link.made_by, action="link.used", target=link)


def test_context_of_a_link_is_not_made_up(link):
    given = "replace(current_setting('ww.context'), 'link|', 'link|1')"

    with context.acting(visitor(link)):
        rows(f"SELECT set_config('ww.context', {given}, true)")
        with pytest.raises(DatabaseError, match="forged context"), transaction.atomic():
            rows("SELECT * FROM partners_handover")
        rows("SELECT set_config('ww.context', '', true)")


def test_moves_are_by_an_account_or_by_a_link(link):
    place = [link.handover_id, link.prison_id, link.agency_id, "QUERIED", ""]

    assert refused(MOVE, *place, None, None)
    assert refused(MOVE, *place, link.made_by_id, link.pk)
    assert not refused(MOVE, *place, None, link.pk)


def test_nobody_signed_in_reads_no_link(link):
    with context.acting(None):
        assert refused("SELECT id FROM partners_handoverlink")
        assert rows("SELECT * FROM ww.open_link(%s, %s, %s)", "0" * 64, "0" * 64, "b" * 64) == []
