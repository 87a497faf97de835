"""Deadlines of handovers: who is reminded of what, when, and once only."""

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from casework import context
from casework.access import Role
from casework.models import AuditEntry, CustodySpell, Mail, User
from config.settings import CELERY_BEAT_SCHEDULE
from partners import tasks
from partners.models import Handover, HandoverReminder
from partners.operations import handovers as operations
from partners.operations import reminders
from partners.queries import reminders as queries
from tests import factories

pytestmark = pytest.mark.django_db
State, Kind, End = Handover.State, HandoverReminder.Kind, CustodySpell.End
THURSDAY = date(2026, 10, 15)


def moment(day, hour=9):
    return factories.at(day, hour)


@pytest.fixture(autouse=True)
def clock():
    """Handovers are sent on a Thursday, unless a test goes elsewhere."""
    with time_machine.travel(moment(THURSDAY), tick=False) as traveller:
        yield traveller


def handover(state=State.SENT, days=60, **given):
    content = {"no_appointment_because": "They ring"} | given.pop("content", {})
    release_on = timezone.localdate() + timedelta(days=days)
    return factories.handover(state=state, release_on=release_on, content=content, **given)


def reminded():
    return list(HandoverReminder.objects.order_by("pk").values_list("kind", "due_on"))


def mails():
    """kind and path of what was asked for, and whom it is to."""
    rows = Mail.objects.order_by("pk").values_list("kind", "path", "agency", "user__role")
    return [(kind, path, "agency" if agency else role.lower()) for kind, path, agency, role in rows]


def run(clock, day, hour=9):
    clock.move_to(moment(day, hour))
    tasks.remind_of_handovers()


@pytest.mark.parametrize(
    ("day", "kinds"),
    [
        (date(2026, 10, 19), []),  # Monday, the second working day: still in time
        (date(2026, 10, 20), [Kind.ACKNOWLEDGE]),
        (date(2026, 10, 21), [Kind.ACKNOWLEDGE, Kind.TELL_MANAGER]),
        (date(2026, 11, 20), [Kind.ACKNOWLEDGE, Kind.TELL_MANAGER]),
    ],
)
def test_the_agency_is_reminded_after_two_working_days_and_then_our_manager_told(clock, day, kinds):
    handover()
    factories.user(Role.MANAGER)
    factories.user(Role.MANAGER, is_active=False)

    run(clock, day)
    run(clock, day)

    told = {Kind.ACKNOWLEDGE: "agency", Kind.TELL_MANAGER: "manager"}
    assert [kind for kind, _ in reminded()] == kinds
    assert [to for _, _, to in mails()] == [told[kind] for kind in kinds]
    assert {kind for kind, _, _ in mails()} <= {"HANDOVER_OVERDUE"}


def test_a_reminder_leads_to_the_page_of_its_side_and_is_audited(clock):
    made = handover()
    factories.user(Role.MANAGER)

    run(clock, date(2026, 10, 21))

    assert mails() == [
        ("HANDOVER_OVERDUE", f"/coming/{made.pk}/", "agency"),
        ("HANDOVER_OVERDUE", f"/handovers/{made.pk}/", "manager"),
    ]
    entries = AuditEntry.objects.filter(action="handover.reminded").order_by("pk")
    assert [entry.detail["kind"] for entry in entries] == ["ACKNOWLEDGE", "TELL_MANAGER"]
    assert reminded() == [(Kind.ACKNOWLEDGE, date(2026, 10, 19)), (Kind.TELL_MANAGER, date(2026, 10, 21))]


# Christmas 2026: Friday 25 December, Monday 28 December in lieu of Boxing Day.
def test_weekends_and_bank_holidays_are_no_working_days(clock):
    clock.move_to(moment(date(2026, 12, 23)))
    handover()

    run(clock, date(2026, 12, 29))
    assert reminded() == []
    run(clock, date(2026, 12, 30))
    assert reminded() == [(Kind.ACKNOWLEDGE, date(2026, 12, 29))]


def test_nobody_is_reminded_at_night_and_the_days_are_those_of_london(clock):
    handover()

    clock.move_to(moment(date(2026, 10, 20), 6))
    tasks.remind_of_handovers()
    assert reminded() == []
    run(clock, date(2026, 10, 20), 7)
    assert len(reminded()) == 1


def test_an_answered_query_begins_the_time_again(clock):
    made = handover()
    with context.acting(User.objects.system()):
        operations.query(handover=made, words="When?", by=factories.user(Role.PARTNER))
        clock.move_to(moment(date(2026, 10, 26)))
        assert [row.pk for row in queries.live()] == [made.pk]
        tasks.remind_of_handovers()
        operations.answer(handover=made, words="At ten", by=made.made_by)

    run(clock, date(2026, 10, 28))
    assert reminded() == []
    run(clock, date(2026, 10, 29))
    assert reminded() == [(Kind.ACKNOWLEDGE, date(2026, 10, 28))]


@pytest.mark.parametrize("state", [State.SENT, State.QUERIED, State.ACKNOWLEDGED, State.MISSED])
def test_both_are_reminded_two_weeks_before_that_no_appointment_is_booked(clock, state):
    made = handover(state, days=20)

    run(clock, THURSDAY + timedelta(days=5))
    assert Kind.APPOINTMENT not in dict(reminded())
    run(clock, THURSDAY + timedelta(days=6))

    assert dict(reminded())[Kind.APPOINTMENT] == THURSDAY + timedelta(days=6)
    wanted = [(path, to) for kind, path, to in mails() if kind == "APPOINTMENT_WANTED"]
    assert wanted == [(f"/coming/{made.pk}/", "agency"), (f"/handovers/{made.pk}/", "keyworker")]


def appointment(made, at, **given):
    return made.appointments.create(
        prison=made.prison, agency=made.agency, at=at, where="High Street 1", offered_by=made.made_by,
        offered_at=timezone.now(), **given,
    )  # fmt: skip


def test_nobody_is_asked_for_an_appointment_that_is_booked(clock):
    handover(State.ACKNOWLEDGED, days=20, content={"appointment": {"on": "2026-11-09"}})
    made = handover(State.OFFERED, days=20, agency=factories.agency("Wirral DIP"))
    appointment(made, moment(date(2026, 11, 5)))

    run(clock, THURSDAY + timedelta(days=8))

    assert reminded() == []


def test_a_moved_release_asks_anew(clock):
    made = handover(State.ACKNOWLEDGED, days=20)
    run(clock, THURSDAY + timedelta(days=6))
    Handover.objects.filter(pk=made.pk).update(release_on=THURSDAY + timedelta(days=40))

    run(clock, THURSDAY + timedelta(days=26))

    assert [due_on for _, due_on in reminded()] == [THURSDAY + timedelta(days=6), THURSDAY + timedelta(days=26)]


def released(made, end=End.RELEASED, on=THURSDAY):
    factories.end(made.case.spell, ended_at=moment(on), end=end)


@pytest.mark.parametrize(
    ("days", "due"), [(6, []), (7, [7]), (9, [7]), (14, [14]), (20, [14]), (21, [21]), (28, [21]), (29, [])]
)
@pytest.mark.parametrize("state", [State.ACKNOWLEDGED, State.OFFERED])
def test_the_outcome_is_asked_for_on_three_days_after_the_release(clock, state, days, due):
    made = handover(state, days=0)
    if state == State.OFFERED:
        appointment(made, moment(THURSDAY + timedelta(days=2)))
    released(made)

    run(clock, THURSDAY + timedelta(days=days))

    assert reminded() == [(Kind.OUTCOME, THURSDAY + timedelta(days=day)) for day in due]
    assert [kind for kind, _, _ in mails()] == ["OUTCOME_WANTED"] * len(due)


def test_the_outcome_is_asked_for_each_time_until_it_is_told(clock):
    made = handover(State.OFFERED, days=0)
    appointment(made, moment(THURSDAY + timedelta(days=2)))
    released(made)

    for day in range(30):
        if day == 15:
            Handover.objects.filter(pk=made.pk).update(state=State.KEPT)
        run(clock, THURSDAY + timedelta(days=day))

    assert [due_on for _, due_on in reminded()] == [THURSDAY + timedelta(days=day) for day in (7, 14)]


def test_no_outcome_is_asked_for_of_an_appointment_to_come_or_of_somebody_who_is_still_here(clock):
    handover(State.OFFERED, days=0)
    later = handover(State.OFFERED, days=0, agency=factories.agency("Wirral DIP"))
    appointment(later, moment(THURSDAY + timedelta(days=18)))
    released(later)

    run(clock, THURSDAY + timedelta(days=9))

    assert reminded() == []


@pytest.mark.parametrize("end", [End.DIED, End.TRANSFERRED, End.OTHER])
def test_nobody_is_reminded_of_somebody_who_died_or_left_otherwise(clock, end):
    made = handover(days=0)
    released(made, end)

    run(clock, THURSDAY + timedelta(days=9))

    assert reminded() == []


@pytest.mark.parametrize("take_back", ["consent", "protocol"])
def test_nobody_is_reminded_of_what_he_may_see_no_more(clock, take_back):
    made = handover()
    factories.user(Role.MANAGER)
    if take_back == "consent":
        made.consent.withdrawn_at = timezone.now()
        made.consent.save()
    else:
        made.agency.protocols.update(ended_on=timezone.localdate())

    run(clock, date(2026, 10, 21))

    assert reminded() == []


def test_a_worker_that_was_killed_goes_on_where_it_was(clock, monkeypatch):
    handover()
    handover(agency=factories.agency("Wirral DIP"))
    once = reminders.remind

    def killed(**given):
        if HandoverReminder.objects.exists():
            raise SystemExit
        return once(**given)

    monkeypatch.setattr(reminders, "remind", killed)
    with pytest.raises(SystemExit):
        run(clock, date(2026, 10, 20))
    monkeypatch.setattr(reminders, "remind", once)
    run(clock, date(2026, 10, 20))

    assert [kind for kind, _ in reminded()] == [Kind.ACKNOWLEDGE] * 2
    assert len(mails()) == 2


def test_remind_does_nothing_that_is_owed_no_more(clock):
    made, system = handover(), User.objects.system()
    clock.move_to(moment(date(2026, 10, 20)))
    ((key, reminder),) = queries.waiting(now=timezone.now())
    Handover.objects.filter(pk=made.pk).update(state=State.ACKNOWLEDGED)

    assert reminders.remind(handover_id=key, reminder=reminder, by=system, at=timezone.now()) is False
    assert mails() == []


def test_it_runs_every_hour():
    beat = CELERY_BEAT_SCHEDULE["remind of handovers"]

    assert (beat["task"], beat["schedule"].hour) == (tasks.remind_of_handovers.name, set(range(24)))


@pytest.mark.parametrize(
    ("step", "given"),
    [
        ("acknowledge", {}),
        ("query", {"words": "When?"}),
        ("refuse", {"reason": "NO_PLACE"}),
        ("offer", {"on_at": moment(THURSDAY + timedelta(days=9)), "where": "High Street 1"}),
    ],
)
def test_who_made_it_and_who_holds_the_case_are_told_what_the_agency_did(step, given):
    case = factories.case(worker=factories.user())
    made = handover(State.ACKNOWLEDGED if step == "offer" else State.SENT, of=case, made_by=factories.user())
    partner = factories.user(Role.PARTNER)

    with context.acting(partner):
        row = Handover.objects.visible_to(partner).get(pk=made.pk)
        getattr(operations, step)(handover=row, by=partner, **given)

    page = f"/handovers/{made.pk}/"
    assert mails() == [("HANDOVER_ANSWERED", page, "keyworker")] * 2
    holder = case.allocations.get(until_at=None).worker_id
    assert set(Mail.objects.values_list("user", flat=True)) == {made.made_by_id, holder}


def test_the_agency_is_told_what_is_sent_answered_or_sent_back():
    made = handover(State.QUERIED)

    operations.answer(handover=made, words="At ten", by=made.made_by)
    operations.refuse(handover=made, reason="NO_PLACE", words="By telephone", by=made.made_by)
    operations.send_back(handover=made, words="There is", by=made.made_by)

    page = f"/coming/{made.pk}/"
    assert mails() == [(kind, page, "agency") for kind in ["HANDOVER_SENT", "HANDOVER_ANSWERED", "HANDOVER_SENT"]]


def test_an_agency_learns_the_workers_of_its_own_handovers_only():
    made = handover()
    wirral = factories.user(Role.PARTNER, agency=factories.agency("Wirral DIP"))

    with context.acting(wirral):
        assert queries.workers(made) == []
    with context.acting(factories.user(Role.PARTNER)):
        assert [told["user"].pk for told in queries.workers(made)] == [made.made_by_id]
    made.agency.protocols.update(ended_on=timezone.localdate())
    with context.acting(factories.user(Role.PARTNER)):
        assert queries.workers(made) == []
