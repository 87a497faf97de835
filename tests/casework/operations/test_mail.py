"""The queue of mails: once for each thing, to those who want it, and never a word about anybody."""

from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail as outbox
from django.utils import timezone

from casework import context, tasks
from casework.access import Role
from casework.models import CustodySpell, Mail, Notice, Restriction, User
from casework.operations import mail as operations
from tests import factories

pytestmark = pytest.mark.django_db
End, Because = CustodySpell.End, Mail.GivenUp


@pytest.fixture(autouse=True)
def memory(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.SITE_URL = "https://wingwalk.example"


@pytest.fixture
def worker():
    return factories.user(email="kit@team.example")


def ask(user=None, by=None, about="handover 1 sent 1", **given):
    given = {"kind": Notice.HANDOVER_ANSWERED, "path": "/handovers/1/", **given}
    by = by or user or factories.user(Role.MANAGER)
    with context.acting(by):
        operations.ask(about=about, user=user, by=by, **given)


def send_all():
    tasks.send_waiting_mail()
    tasks.send_waiting_mail()  # What was passed on goes with the next run.


def because():
    return list(Mail.objects.order_by("pk").values_list("given_up_because", flat=True))


def test_a_mail_says_that_something_waits_and_where(worker):
    ask(worker)

    send_all()

    sent = outbox.outbox[0]
    assert (len(outbox.outbox), sent.to, sent.subject) == (1, ["kit@team.example"], "Wingwalk: a handover was answered")
    assert sent.body.split("\n\n")[:2] == ["A handover was answered.", "https://wingwalk.example/handovers/1/"]
    assert Mail.objects.get().sent_at is not None


def test_the_same_thing_is_queued_once(worker):
    ask(worker)
    ask(worker)
    ask(worker, about="handover 1 sent 2")

    send_all()

    assert (Mail.objects.count(), len(outbox.outbox)) == (2, 2)


def test_a_mail_for_an_agency_goes_to_its_mailbox_and_its_people():
    agency = factories.agency(mailbox="spoc@dip.example")
    factories.user(Role.PARTNER, agency=agency, email="pat@dip.example")
    factories.user(Role.PARTNER, agency=agency, email="")
    factories.user(Role.PARTNER, agency=agency, email="gone@dip.example", is_active=False)
    ask(agency=agency)

    send_all()

    assert sorted(mail.to[0] for mail in outbox.outbox) == ["pat@dip.example", "spoc@dip.example"]
    assert because() == [Because.PASSED_ON, "", ""]


def test_a_mail_about_nobody_is_asked_for_though_somebody_is_hidden(worker):
    hidden, manager = factories.person(), factories.user(Role.MANAGER)
    Restriction.objects.create(
        person=hidden, prison=worker.prison, number=hidden.number, kind="OTHER", reason="Known", made_at=timezone.now(), made_by=manager
    )  # fmt: skip
    ask(worker, by=factories.user())

    assert Mail.objects.count() == 1


def test_a_partner_may_ask_and_may_not_read(worker):
    partner = factories.user(Role.PARTNER)
    ask(worker, by=partner)

    send_all()

    assert len(outbox.outbox) == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [({"is_active": False}, Because.NO_ACCOUNT), ({"email": ""}, Because.NO_ADDRESS)],
)
def test_nobody_is_written_to_who_cannot_read_it(worker, change, why):
    ask(worker)
    User.objects.filter(pk=worker.pk).update(**change)

    send_all()

    assert (outbox.outbox, because()) == ([], [why])


def test_a_kind_can_be_turned_off_and_on_again(worker):
    with context.acting(worker):
        operations.turn(by=worker, kinds=[Notice.HANDOVER_ANSWERED])
    ask(worker)
    ask(worker, kind=Notice.MEETING)
    send_all()
    assert (len(outbox.outbox), because()) == (1, [Because.NOT_WANTED, ""])

    with context.acting(worker):
        operations.turn(by=worker, kinds=[])
    ask(worker, about="another")
    send_all()

    assert len(outbox.outbox) == 2


@pytest.mark.parametrize(
    ("end", "count"),
    [(End.DIED, 0), (End.TRANSFERRED, 0), (End.OTHER, 0), (End.RELEASED, 1), (End.RELEASED_COURT, 1), (None, 1)],
)
def test_nothing_is_sent_about_somebody_who_has_left_or_died(worker, end, count):
    case = factories.case(worker=worker)
    ask(worker, person=case.person)
    if end:
        case.spell.ended_at, case.spell.end = timezone.now(), end
        case.spell.save()

    send_all()

    assert len(outbox.outbox) == count
    assert because() == ([""] if count else [Because.GONE])


def test_what_the_server_does_not_take_is_tried_again_later_and_given_up_at_last(worker, monkeypatch):
    ask(worker)
    tries = []

    def refuse(mail, words):
        tries.append(mail.pk)
        raise SMTPServerDisconnected

    monkeypatch.setattr("casework.gateways.send_mail", refuse)
    for _ in range(Mail.MOST_TRIES + 3):
        tasks.send_waiting_mail()
        tasks.send_waiting_mail()  # Not before its time.
        Mail.objects.update(next_at=timezone.now() - timedelta(seconds=1))

    assert len(tries) == Mail.MOST_TRIES
    assert because() == [Because.FAILED]
