"""Protocols: changed, renewed without a gap, and both sides told before one lapses."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.utils import timezone

from casework import context
from casework.access import Role
from casework.models import Agency, Mail
from partners import tasks
from partners.models import Handover, InwardNotice, Protocol, ProtocolEvent
from partners.operations import protocols as operations
from partners.queries import agreements
from partners.queries import protocols as queries
from tests import factories

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 14)
SAYS = {
    "purpose": "Continuity of care",
    "items": ["OUT_HANDOVER", "IN_ANSWER"],
    "basis": "PUBLIC_TASK",
    "signed_by_us": "Mo",
    "signed_by_them": "Lena",
}


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(DAY, 12))


@pytest.fixture
def admin():
    return factories.user(Role.ADMINISTRATOR)


def says(days=365, **given):
    return {**SAYS, "review_on": DAY + timedelta(days=days), **given}


def lapsing(days, **given):
    return factories.protocol(review_on=DAY + timedelta(days=days), **given)


def kinds(protocol):
    return list(protocol.events.values_list("kind", flat=True))


def mails():
    return sorted(Mail.objects.values_list("user__role", "agency__name", "path", "person"), key=str)


def test_renew_begins_where_the_old_one_ends_and_nothing_stops_in_between(admin, time_machine):
    old = lapsing(10)
    handover = factories.handover()
    partner = factories.user(Role.PARTNER)

    new = operations.renew(protocol=old, version=1, by=admin, **says())

    assert (new.starts_on, new.renews, new.agency) == (DAY + timedelta(days=11), old, old.agency)
    assert (kinds(old), kinds(new)) == (["RENEWED"], ["AGREED"])
    assert queries.lacking(handover) == []
    assert agreements.lapsing(admin, today=DAY) == []
    for day in [10, 11]:
        time_machine.move_to(factories.at(DAY + timedelta(days=day), 12))
        standing = queries.latest(handover)
        assert (standing, queries.lacking(handover)) == ((old, new)[day == 11], [])
        assert [row.pk for row in agreements.standing(admin, today=timezone.localdate())] == (
            [old.pk, new.pk] if day == 10 else [new.pk]
        )
    assert partner.agency == old.agency


def test_a_protocol_is_renewed_once_and_no_two_hold_on_one_day(admin):
    old = lapsing(10)
    operations.renew(protocol=old, by=admin, **says())

    with pytest.raises(ValidationError):
        operations.renew(protocol=old, by=admin, **says(500))
    with pytest.raises(ValidationError, match="on some of these days already"):
        operations.agree(agency=old.agency, by=admin, starts_on=DAY + timedelta(days=5), **says())
    with pytest.raises(IntegrityError):
        factories.protocol(starts_on=DAY + timedelta(days=5), review_on=DAY + timedelta(days=20))


def test_what_lapsed_is_renewed_from_today(admin):
    old = lapsing(-20)
    handover = factories.handover()
    assert queries.lacking(handover) == ["The protocol with this agency lapsed on 24 September 2026."]

    new = operations.renew(protocol=old, by=admin, **says())

    assert (new.starts_on, queries.lacking(handover)) == (DAY, [])


def test_change_lets_less_pass_at_once_and_keeps_what_it_said(admin):
    protocol = lapsing(100, items=SAYS["items"], purpose=SAYS["purpose"], signed_by_us="Mo", signed_by_them="Lena")

    operations.change(protocol=protocol, version=1, by=admin, **says(50, items=["OUT_HANDOVER"]))

    event = ProtocolEvent.objects.get()
    assert (event.kind, event.by) == ("CHANGED", admin)
    assert event.changes == {"items": [SAYS["items"], ["OUT_HANDOVER"]], "review_on": ["2027-01-22", "2026-12-03"]}
    assert agreements.events(protocol, admin)[0].said[1] == ("Review", "22/01/2027", "03/12/2026")


def test_change_refuses_what_is_a_renewal_or_would_leave_a_gap(admin):
    protocol = lapsing(100)
    with pytest.raises(ValidationError, match="Renew the protocol instead"):
        operations.change(protocol=protocol, version=1, by=admin, **says(101))
    operations.renew(protocol=protocol, by=admin, **says())
    with pytest.raises(ValidationError, match="begins the day after"):
        operations.change(protocol=protocol, version=2, by=admin, **says(99))
    with pytest.raises(ValidationError, match="Somebody else changed this"):
        operations.change(protocol=protocol, version=1, by=admin, **says(100))


@pytest.mark.parametrize(
    ("kind", "item"), [("TESTING", "OUT_HANDOVER"), ("DIP", "IN_POSITIVE"), ("SAFER", "IN_VISITS")]
)
def test_departments_tell_us_things_and_nobody_else_does(admin, kind, item):
    agency = factories.agency("Theirs", kind=kind)

    with pytest.raises(ValidationError, match="cannot pass between us and"):
        operations.agree(agency=agency, by=admin, starts_on=DAY, **says(items=[item]))


def test_both_sides_are_told_four_weeks_and_one_week_before(admin, time_machine):
    factories.user(Role.MANAGER)
    factories.user(Role.KEYWORKER)
    factories.user(Role.MANAGER, is_active=False)
    protocol = lapsing(29)

    def run(days):
        time_machine.move_to(factories.at(DAY + timedelta(days=days), 6))
        tasks.warn_of_lapses()
        tasks.warn_of_lapses()
        return kinds(protocol)

    assert run(0) == []
    assert run(1) == ["WARNED_28"]
    page = f"/settings/protocols/{protocol.pk}/"
    theirs = [("ADMINISTRATOR", None, page, None), ("MANAGER", None, page, None)]
    assert mails() == [*theirs, (None, "Liverpool DIP", "/agreements/", None)]
    assert run(21) == ["WARNED_28"]
    assert run(22) == run(29) == run(30) == ["WARNED_28", "WARNED_7"]
    assert Mail.objects.count() == 6


def test_days_without_a_run_are_made_up_for_by_the_next(admin, time_machine):
    late, very_late = lapsing(15), lapsing(3, agency=factories.agency("Wirral DIP"))

    tasks.warn_of_lapses()

    assert (kinds(late), kinds(very_late)) == (["WARNED_28"], ["WARNED_7"])


def test_nobody_is_told_of_what_was_renewed_ended_or_is_over(admin):
    renewed, ended, over = (lapsing(days, agency=factories.agency(f"A{days}")) for days in (5, 6, -1))
    operations.renew(protocol=renewed, by=admin, **says())
    operations.end_protocol(protocol=ended, version=1, by=admin)

    tasks.warn_of_lapses()

    assert not Mail.objects.exists()
    assert kinds(over) == []


def test_days_of_warnings_are_londons(admin, time_machine):
    protocol = lapsing(29)
    time_machine.move_to(
        datetime.fromisoformat("2026-10-14T23:30:00+00:00")
    )  # half past midnight in London, summer time

    tasks.warn_of_lapses()

    assert kinds(protocol) == ["WARNED_28"]


def raw(user, statement):
    with context.acting(user), connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_what_lapsed_lets_nothing_pass_whatever_the_query(admin, time_machine):
    factories.handover()
    partner = factories.user(Role.PARTNER)
    asked = "SELECT id FROM partners_handover UNION ALL SELECT id FROM partners_handovermove"
    Protocol.objects.update(review_on=date(2100, 1, 1))
    assert len(raw(partner, asked)) == 1

    # The database has a clock of its own, so the protocol is moved and not the day.
    Protocol.objects.update(starts_on=date(2020, 1, 1), review_on=date(2020, 12, 31))

    assert raw(partner, asked) == []


def test_an_agency_reads_its_own_protocols_only_and_learns_of_no_other():
    other = factories.agency("Wirral DIP")
    case = factories.case(worker=factories.user())
    theirs = factories.protocol(agency=other)
    factories.consent(case.person, agency=other)
    partner = factories.user(Role.PARTNER)

    assert raw(partner, "SELECT id FROM partners_protocol") == []
    allowed = f"SELECT ww.protocol_allows({theirs.prison_id}, {other.pk}, 'OUT_HANDOVER')"
    agrees = f"SELECT ww.agrees({case.person_id}, {case.prison_id}, {other.pk}, 'HANDOVER')"
    assert raw(partner, allowed) == raw(partner, agrees) == [(False,)]
    with pytest.raises(Exception, match="permission denied"):
        raw(partner, "SELECT id FROM partners_protocolevent")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE partners_handover SET state = 'ACKNOWLEDGED' RETURNING id",
        (
            "INSERT INTO partners_handovermove (handover_id, prison_id, agency_id, before, after, reason, words, by_id, at)"
            " SELECT id, prison_id, agency_id, 'SENT', 'ACKNOWLEDGED', '', '', made_by_id, now() FROM partners_handover RETURNING id"
        ),
        (
            'INSERT INTO partners_handoverappointment (handover_id, prison_id, agency_id, at, "where", whom, offered_by_id, offered_at,'
            " outcome, nonce) SELECT id, prison_id, agency_id, now(), 'x', '', made_by_id, now(), '', gen_random_uuid()"
            " FROM partners_handover RETURNING id"
        ),
    ],
    ids=["state", "move", "appointment"],
)
def test_an_agency_answers_only_under_a_protocol_that_lets_answers_pass(statement):
    factories.handover(state=Handover.State.SENT)
    partner = factories.user(Role.PARTNER)
    Protocol.objects.update(items=["OUT_HANDOVER"])

    try:
        done = raw(partner, statement)
    except Exception as refused:
        assert re.search("row-level security|not made", str(refused))  # noqa: PT017
    else:
        assert done == []


def test_every_kind_of_agency_may_have_a_protocol_of_some_kind():
    assert set(Protocol.TOLD) | set(Protocol.SHARED) == set(Protocol.Item)
    assert set(Agency.INWARD) < set(Agency.Kind)


@pytest.mark.parametrize("item", Protocol.Item.values)
def test_every_item_of_a_protocol_is_asked_for_by_the_database(item):
    """By name in a policy or a function; what departments tell is asked for by the kind of the notice."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prosrc FROM pg_proc WHERE pronamespace = 'ww'::regnamespace"
            " UNION ALL SELECT concat(qual, with_check) FROM pg_policies"
        )
        rules = " ".join(row[0] or "" for row in cursor.fetchall())

    told = item in Protocol.TOLD and item.removeprefix("IN_") in InwardNotice.Kind
    assert f"'{item}'" in rules or (told and "'IN_'" in rules)
