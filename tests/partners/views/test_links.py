"""Links without an account, as the team sends, watches and revokes them."""

import re
import uuid
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.utils import timezone

from casework import tasks
from casework.access import Role
from casework.formats import links as formats
from casework.models import Mail
from partners.models import HandoverLink, LinkView
from partners.operations import links as operations
from tests import factories
from tests.partners import links, pages
from tests.partners.pages import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(worker):
    """A handover that the signed-in worker made, to an agency with somebody to ring."""
    made = links.handover(of=factories.case(worker=worker))
    links.contact(made.agency)
    return made


def words(way="CALL", **given):
    return {"mailbox": links.MAILBOX, "way": way, "hours": 72, "nonce": str(uuid.uuid4()), **given}


def send(client, made, **given):
    return client.post(at("send_link", made.pk), words(**given))


def by_mail(made):
    return f"MAIL-{made.agency.people.get().pk}"


@pytest.mark.parametrize(("state", "leads"), [("DRAFT", False), ("SENT", True), ("CLOSED", True), ("RECALLED", False)])
def test_handover_that_was_sent_leads_to_its_links(client, worker, state, leads):
    made = links.handover(of=factories.case(worker=worker), state=state)

    assert (at("links", made.pk) in client.get(at("handover", made.pk)).content.decode()) == leads


def test_send_shows_the_code_once_and_queues_the_mail(client, made):
    answer = send(client, made)

    link = HandoverLink.objects.get()
    code = formats.spoken(formats.code(link.nonce))
    assert code in pages.text(answer)
    assert (link.mailbox, link.code_to) == (links.MAILBOX, "Read out to Liverpool DIP, 0151 496 0000")
    assert link.expires_at - link.made_at == timedelta(hours=72)
    assert code not in pages.text(client.get(at("links", made.pk)))
    queued = Mail.objects.get()
    assert (queued.kind, queued.to, queued.person) == ("LINK", links.MAILBOX, made.person)
    assert queued.path.startswith(f"/link/{link.nonce}/")


def test_send_by_mail_shows_no_code_and_sends_it_elsewhere(client, made):
    answer = send(client, made, way=by_mail(made))

    code = formats.spoken(formats.code(HandoverLink.objects.get().nonce))
    assert code not in pages.text(answer)
    assert list(Mail.objects.order_by("kind").values_list("kind", "to")) == [
        ("LINK", links.MAILBOX),
        ("LINK_CODE", "jo@dip.example"),
    ]


def test_mails_hold_the_key_or_the_code_and_nobody(client, made, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.SITE_URL = "https://wingwalk.example"
    send(client, made, way=by_mail(made))
    link = HandoverLink.objects.get()
    token, code = formats.token(link.nonce), formats.spoken(formats.code(link.nonce))

    tasks.send_waiting_mail()

    first, second = sorted(outbox.outbox, key=lambda mail: mail.to)
    assert (first.to, second.to) == (["jo@dip.example"], [links.MAILBOX])
    until = timezone.localtime(link.expires_at)
    assert f"until {until:%H:%M on %A} {until.day} {until:%B %Y} (London time)" in second.body
    assert [f"https://wingwalk.example/link/{token}/" in mail.body for mail in (first, second)] == [False, True]
    assert [code in mail.body for mail in (first, second)] == [True, False]
    about = [made.person.surname, made.person.number, made.agency.name]
    assert [word for mail in outbox.outbox for word in about if word in f"{mail.subject} {mail.body}"] == []


def test_nothing_is_sent_about_somebody_who_died(client, made, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    send(client, made)
    made.case.spell.ended_at, made.case.spell.end = timezone.now(), "DIED"
    made.case.spell.save()

    tasks.send_waiting_mail()

    assert outbox.outbox == []


def test_code_and_link_go_to_two_addresses(client, made):
    answer = send(client, made, way=by_mail(made), mailbox="jo@dip.example")

    assert "The code must not go to the address that the link goes to" in pages.text(answer)
    assert HandoverLink.objects.count() == 0


@pytest.mark.parametrize(
    "given",
    [
        {"mailbox": "stranger@elsewhere.example"},
        {"way": "MAIL-999999"},
        {"hours": "9999"},
        {"way": ""},
        {"mailbox": ""},
    ],
)
def test_only_what_is_asked_can_be_chosen(client, made, given):
    answer = send(client, made, **given)

    assert "There is a problem" in pages.text(answer)
    assert (HandoverLink.objects.count(), Mail.objects.count()) == (0, 0)


def test_form_sent_twice_makes_one_link_and_shows_the_same_code(client, made):
    once = words()

    answers = [client.post(at("send_link", made.pk), once) for _ in range(2)]

    codes = [re.search(r"\d{4} \d{4}(?= )", pages.text(answer).split("rang yourself:")[1])[0] for answer in answers]
    assert (HandoverLink.objects.count(), Mail.objects.count(), len(set(codes))) == (1, 1, 1)


def test_form_sent_again_after_the_link_was_opened_shows_nothing(client, made):
    once = words()
    client.post(at("send_link", made.pk), once)
    links.bound(HandoverLink.objects.get())

    answer = client.post(at("send_link", made.pk), once)

    assert "its code was shown then" in pages.text(answer)


def test_new_link_ends_the_one_before(client, made):
    send(client, made)
    send(client, made)

    assert [link.revoked_at is None for link in HandoverLink.objects.order_by("pk")] == [False, True]
    assert pages.text(client.get(at("links", made.pk))).count("Revoked") == 2  # its tag and its line


@pytest.mark.parametrize("state", ["DRAFT", "READY", "REFUSED", "KEPT", "CLOSED", "RECALLED"])
def test_no_link_is_sent_where_nothing_is_to_answer(client, worker, state):
    made = links.handover(of=factories.case(worker=worker), state=state)

    assert "no link can be sent" in pages.text(client.get(at("links", made.pk)))
    assert "waits for no answer" in pages.text(send(client, made))
    assert HandoverLink.objects.count() == 0


def test_no_link_is_sent_without_consent(client, made):
    made.consent.withdrawn_at = timezone.now()
    made.consent.save()

    assert "withdrew consent" in pages.text(send(client, made))
    assert HandoverLink.objects.count() == 0


def test_agency_without_an_address_is_told(client, worker):
    made = links.handover(of=factories.case(worker=worker), agency=factories.agency("Post DIP", mailbox=""))

    assert "There is no address to send it to" in pages.text(client.get(at("send_link", made.pk)))


def test_links_lists_every_view(client, made):
    link, _, _ = links.sent(made)
    for what in LinkView.What:
        LinkView.objects.create(
            link=link, handover=made, prison=made.prison, agency=made.agency, what=what, at=timezone.now()
        )

    shown = pages.text(client.get(at("links", made.pk)))

    assert [what.label for what in LinkView.What if what.label not in shown] == []
    assert "Sent, not opened yet" in shown


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"tries": 5}, "Closed after wrong codes"),
        ({"expires_at": factories.at()}, "Ran out"),
        ({"bound": "b" * 64, "first_used_at": factories.at()}, "Opened"),
    ],
)
def test_links_says_how_each_stands(client, made, values, shown):
    link, _, _ = links.sent(made)
    HandoverLink.objects.filter(pk=link.pk).update(**values)

    page = pages.text(client.get(at("links", made.pk)))

    assert shown in page
    assert ("Revoke" in page) == (shown == "Opened")


def test_links_asks_as_often_for_three_as_for_one(client, made, django_assert_num_queries):
    client.get(at("links", made.pk))
    for count in [1, 2]:
        for _ in range(count):
            links.sent(made)
        with django_assert_num_queries(22):
            client.get(at("links", made.pk))


def test_revoke_ends_it_once(client, made):
    link, _, _ = links.sent(made)

    answers = [client.post(at("revoke_link", made.pk, link.pk)) for _ in range(2)]

    link.refresh_from_db()
    assert {answer.url for answer in answers} == {at("links", made.pk)}
    assert link.revoked_at is not None
    assert pages.trail("OPERATION").count(("link.revoked", None)) == 1
    assert client.get(at("revoke_link", made.pk, link.pk)).status_code == 405


def test_revoke_finds_only_links_of_the_handover(client, made):
    other, _, _ = links.sent(links.handover())

    assert client.post(at("revoke_link", made.pk, other.pk)).status_code == 404
    other.refresh_from_db()
    assert other.revoked_at is None


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.PARTNER])
@pytest.mark.parametrize("name", ["links", "send_link", "revoke_link"])
def test_pages_of_links_are_closed_to_other_roles(client, role, name):
    link, _, _ = links.sent()
    client.force_login(factories.user(role))

    keys = [link.handover_id, link.pk] if name == "revoke_link" else [link.handover_id]
    assert client.post(at(name, *keys)).status_code == 403


@pytest.mark.parametrize("name", ["links", "send_link", "revoke_link"])
def test_another_prison_finds_no_links(client, name):
    link, _, _ = links.sent()
    client.force_login(factories.user(prison=factories.prison("ACI", "Altcourse")))

    keys = [link.handover_id, link.pk] if name == "revoke_link" else [link.handover_id]
    assert client.post(at(name, *keys)).status_code == 404


def test_moves_by_a_link_are_the_agencys_for_the_team(client, made):
    link, token, code = links.sent(made)
    visitor = client.__class__()
    links.give(visitor, token, code)
    visitor.post(links.at("link_acknowledge", token))

    assert "Acknowledged by Liverpool DIP" in pages.text(client.get(at("handover", made.pk)))
    assert operations.revoke(link=link, by=made.made_by).revoked_at is not None
