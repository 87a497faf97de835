from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from casework.models import Alert, AuditEntry
from casework.operations import alert as operations
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
Acct = Alert.Acct


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12), tick=False)


@pytest.fixture
def worker():
    return factories.user()


@pytest.fixture
def person():
    return factories.spell().person


def note(person, by, **given):
    return operations.note(
        person=person, by=by, **{"code": "WWPAIR", "said_by": "SO Sample, security", "from_on": DAY, **given}
    )


def acct(person, by, state, **given):
    return operations.acct(
        person=person, by=by, state=state, **{"said_by": "Safer custody, Sam", "from_on": DAY, **given}
    )


def open_codes():
    return list(Alert.objects.open().order_by("code").values_list("code", "source"))


def actions():
    return list(AuditEntry.objects.filter(kind="OPERATION").order_by("pk").values_list("action", "detail"))


def test_note_keeps_who_said_so_and_is_audited_without_words(person, worker):
    made = note(person, worker, note="Since Monday", review_on=DAY + timedelta(days=7))

    assert (made.kind, made.code, made.source, made.said_by, made.note) == (
        "WW", "WWPAIR", "HAND", "SO Sample, security", "Since Monday",
    )  # fmt: skip
    assert (made.from_at, made.recorded_by, made.prison) == (factories.at(hour=12), worker, factories.prison())
    assert actions() == [("alert.noted", {"code": "WWPAIR", "review_on": "2026-10-21"})]


def test_note_begins_an_earlier_day_at_its_beginning(person, worker):
    assert note(person, worker, from_on=DAY - timedelta(days=2)).from_at == factories.at(DAY - timedelta(days=2), 0)


def test_note_sent_twice_makes_one(person, worker):
    nonce = uuid4()

    assert note(person, worker, nonce=nonce) == note(person, worker, nonce=nonce)
    assert Alert.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"from_on": DAY + timedelta(days=1)}, {"from_on": ["It cannot begin in the future."]}),
        ({"from_on": date(1985, 4, 2)}, {"from_on": ["Sam Testerton was born on 3 April 1985."]}),
        ({"review_on": DAY - timedelta(days=1)}, {"review_on": ["The next review is today or later."]}),
    ],
)
def test_note_refuses_days_out_of_order(person, worker, given, said):
    with pytest.raises(ValidationError) as refused:
        note(person, worker, **given)

    assert refused.value.message_dict == said
    assert Alert.objects.count() == 0


@pytest.mark.parametrize(
    ("source", "said"),
    [("ROLL", "The roll says so already, since 14 October 2026."), ("HAND", "Noted already, since 14 October 2026.")],
)
def test_note_refuses_what_is_in_force(person, worker, source, said):
    factories.alert(person, "TM", source=source, said_by="Somebody", recorded_by=worker)

    with pytest.raises(ValidationError) as refused:
        note(person, worker, code="TM")

    assert refused.value.message_dict == {"code": [said]}


def test_note_refuses_somebody_who_is_not_here(worker):
    with pytest.raises(ValidationError, match="This person is not in the prison now"):
        note(factories.person(), worker)


def test_end_says_who_and_why(person, worker):
    ended = operations.end(alert=note(person, worker), said_by="SO Sample", why="Reviewed", by=worker)

    assert (ended.until_at, ended.ended_by, ended.end_said_by, ended.end_why) == (
        factories.at(hour=12), worker, "SO Sample", "Reviewed",
    )  # fmt: skip
    assert actions()[-1] == ("alert.ended", {"code": "WWPAIR"})


def test_end_again_changes_nothing_and_another_end_is_refused(person, worker):
    made = note(person, worker)
    for _ in range(2):
        operations.end(alert=made, said_by="SO Sample", why="Reviewed", by=worker)

    with pytest.raises(ValidationError, match="This ended already, on 14 October 2026."):
        operations.end(alert=made, said_by="SO Sample", why="Something else", by=worker)
    assert [action for action, _ in actions()] == ["alert.noted", "alert.ended"]


def test_end_leaves_to_the_roll_what_the_roll_says(worker):
    with pytest.raises(ValidationError, match="It ends when the roll no longer says so"):
        operations.end(alert=factories.alert(), said_by="Me", why="I think so", by=worker)


def test_acct_goes_its_way_one_state_at_a_time(person, worker, time_machine):
    for days, state in enumerate([Acct.OPEN, Acct.FOLLOWED_UP, Acct.CLOSED, Acct.OPEN]):
        time_machine.move_to(factories.at(DAY + timedelta(days=days), 12), tick=False)
        acct(person, worker, state, from_on=DAY + timedelta(days=days))

    rows = Alert.objects.order_by("pk").values_list("code", "until_at", "end_why")
    day = [factories.at(DAY + timedelta(days=days), 12) for days in range(4)]
    assert list(rows) == [
        ("HA", day[1], "Moved on: post-closure"),
        ("HA1", day[2], "Moved on: closed"),
        ("HA2", day[3], "Moved on: open"),
        ("HA", None, ""),
    ]
    assert actions()[-1] == ("alert.acct", {"state": "HA", "review_on": None})


def test_acct_moves_on_what_the_roll_said(person, worker):
    factories.alert(person, "HA")

    acct(person, worker, Acct.FOLLOWED_UP)

    assert open_codes() == [("HA1", "HAND")]
    assert Alert.objects.get(code="HA").until_at == Alert.objects.get(code="HA1").from_at


@pytest.mark.parametrize(
    ("before", "state", "said"),
    [
        (None, Acct.CLOSED, "There is no ACCT to close."),
        ("HA", Acct.CLOSED, "An ACCT goes through post-closure before it is closed. Choose post-closure."),
        ("HA2", Acct.FOLLOWED_UP, "This ACCT is closed. If safer custody took it up again, it is open."),
    ],
)
def test_acct_refuses_a_step_that_there_is_not(person, worker, before, state, said):
    if before:
        factories.alert(person, before)

    with pytest.raises(ValidationError) as refused:
        acct(person, worker, state)

    assert refused.value.message_dict == {"state": [said]}


def test_acct_refuses_a_state_before_the_one_it_follows(person, worker):
    factories.alert(person, "HA")

    with pytest.raises(ValidationError) as refused:
        acct(person, worker, Acct.FOLLOWED_UP, from_on=DAY - timedelta(days=1))

    assert refused.value.message_dict == {
        "from_on": ["The state before began on 14 October 2026. Give that day or a later one."]
    }
    assert open_codes() == [("HA", "ROLL")]


def test_acct_notes_the_next_review_on_the_state_that_stands(person, worker):
    standing = factories.alert(person, "HA")

    for _ in range(2):
        acct(person, worker, Acct.OPEN, review_on=DAY + timedelta(days=3), seen=standing.stamp)

    standing.refresh_from_db()
    assert (standing.source, standing.said_by, standing.review_on, standing.version) == (
        "ROLL", "Safer custody, Sam", DAY + timedelta(days=3), 2,
    )  # fmt: skip
    assert [action for action, _ in actions()] == ["alert.acct"]


def test_acct_tells_who_looked_at_an_older_state(person, worker):
    standing = factories.alert(person, "HA")
    seen = standing.stamp
    acct(person, worker, Acct.OPEN, review_on=DAY, seen=seen)

    with pytest.raises(ValidationError) as refused:
        acct(person, worker, Acct.FOLLOWED_UP, seen=seen)

    assert refused.value.code == "stale"
    assert open_codes() == [("HA", "ROLL")]


def test_acct_sent_twice_makes_one(person, worker):
    nonce = uuid4()

    assert acct(person, worker, Acct.OPEN, seen="", nonce=nonce) == acct(
        person, worker, Acct.OPEN, seen="", nonce=nonce
    )
    assert Alert.objects.count() == 1


def test_database_refuses_a_second_state_and_a_notice_that_nobody_said(person, worker):
    factories.alert(person, "HA")

    with pytest.raises(IntegrityError, match="one_acct_state_at_a_time"), transaction.atomic():
        factories.alert(person, "HA1")
    with pytest.raises(IntegrityError, match="hand_alert_names_who_said_so"), transaction.atomic():
        factories.alert(person, "WWPAIR", source="HAND", recorded_by=worker)
