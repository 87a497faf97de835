"""A handover read and answered by a link, from a browser that nobody is signed in with."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from casework.models import AuditEntry, Consent, Mail
from partners.models import Handover, HandoverAppointment, HandoverLink, HandoverMove, Pack, Protocol
from partners.operations import links as operations
from partners.views.by_link import COOKIE
from tests import factories
from tests.partners import links, pages
from tests.partners.links import at, give, opened, seen

pytestmark = pytest.mark.django_db
PLAIN = "This is not available"


def page(client, token):
    return client.get(at("link_handover", token))


# Opening


def test_link_asks_for_the_code_and_is_not_used_up_by_whoever_looks(client):
    link, token, _ = links.sent()

    answers = [Client().get(at("link", token)) for _ in range(3)] + [Client().head(at("link", token))]

    assert {answer.status_code for answer in answers} == {200}
    assert "Something waits for your team" in pages.text(answers[0])
    assert link.handover.identity["name"] not in pages.text(answers[0])
    assert seen(link) == []
    assert HandoverLink.objects.get().bound == ""


def test_right_code_opens_the_handover_and_binds_the_browser(client):
    link, token, code = links.sent()

    answer = give(client, token, f"{code[:4]} {code[4:]}")

    assert answer.url == at("link_handover", token)
    shown = pages.text(page(client, token))
    link.refresh_from_db()
    assert link.handover.identity["name"] in shown
    assert "What was shared with you" in shown
    assert (len(link.bound), link.first_used_at is not None) == (64, True)
    assert client.cookies[COOKIE].value not in link.bound
    assert seen(link) == ["OPENED", "HANDOVER"]


def test_cookie_is_for_this_house_and_no_script(client):
    client.get(at("link", "x" * 43))

    cookie = client.cookies[COOKIE]
    assert (cookie["path"], cookie["domain"], cookie["httponly"], cookie["samesite"]) == ("/", "", True, "Lax")


def test_another_browser_is_turned_away_and_noted(client, client_factory):
    link, token = opened(client)
    code = operations.formats.code(link.nonce)
    other = client_factory()

    answer = give(other, token, code)

    assert PLAIN in pages.text(answer)
    assert page(other, token).url == at("link", token)
    assert seen(link) == ["OPENED", "OTHER_BROWSER"]
    assert page(client, token).status_code == 200


def test_cookie_of_one_link_opens_no_other(client):
    first, _ = opened(client)
    second, token, _ = links.sent(links.handover())

    assert page(client, token).url == at("link", token)
    assert seen(second) == []


def test_code_sent_twice_opens_twice(client):
    link, token, code = links.sent()
    client.get(at("link", token))

    answers = [client.post(at("link", token), {"code": code}) for _ in range(2)]

    assert {answer.url for answer in answers} == {at("link_handover", token)}
    assert seen(link) == ["OPENED", "OPENED"]


def test_bound_browser_that_comes_back_goes_on(client):
    link, token = opened(client)

    assert client.get(at("link", token)).url == at("link_handover", token)


# Refusals look alike


def changed(link, **values):
    HandoverLink.objects.filter(pk=link.pk).update(**values)


def wrong(link):
    return "00000000" if operations.formats.code(link.nonce) != "00000000" else "11111111"


CASES = ["wrong", "expired", "revoked", "dead", "other", "unknown"]


def refused(case, client):
    link, token, code = links.sent()
    if case == "wrong":
        code = wrong(link)
    elif case == "expired":
        changed(link, expires_at=timezone.now() - timedelta(minutes=1))
    elif case == "revoked":
        operations.revoke(link=link, by=link.made_by)
    elif case == "dead":
        changed(link, tries=HandoverLink.MOST_TRIES)
    elif case == "other":
        give(Client(), token, code)
    elif case == "unknown":
        token = "u" * 43
    answer = give(client, token, code)
    return answer.status_code, answer.content.decode().replace(token, ""), sorted(answer.headers.items())


@pytest.mark.parametrize("case", CASES)
def test_whatever_is_wrong_the_answer_is_the_same(case):
    status, text, headers = refused(case, Client())
    again = refused("wrong", Client())

    def plain(html):
        return re.sub(r'nonce="[^"]+"|value="[^"]+"', "", html)

    assert PLAIN in text
    assert (status, plain(text)) == (again[0], plain(again[1]))
    assert [name for name, _ in headers] == [name for name, _ in again[2]]


@pytest.mark.parametrize("case", CASES)
def test_whatever_is_wrong_the_answer_takes_as_long(case, settings, monkeypatch):
    waited = []
    settings.LINK_ANSWER_SECONDS = 60
    monkeypatch.setattr("partners.views.by_link.time.sleep", waited.append)

    refused(case, Client())

    assert [round(seconds) for seconds in waited] == [60] * len(waited)
    assert len(waited) == 1


def test_what_is_no_code_is_said_beside_the_field(client):
    link, token, _ = links.sent()

    for given in ["", "12", "abcdefgh", "1" * 100_000, "\0"]:
        assert "There is a problem" in pages.text(give(client, token, given))
    assert seen(link) == []


def test_five_wrong_codes_end_the_link_and_its_maker_is_told(client):
    link, token, code = links.sent()

    for _ in range(HandoverLink.MOST_TRIES):
        give(client, token, wrong(link))

    assert PLAIN in pages.text(give(client, token, code))
    link.refresh_from_db()
    assert (link.tries, link.is_live, link.bound) == (5, False, "")
    assert seen(link) == ["WRONG_CODE"] * 5 + ["LATE"]
    told = Mail.objects.get(kind="LINK_CLOSED")
    assert (told.user, told.path) == (link.made_by, f"/handovers/{link.handover_id}/links/")


def test_right_code_forgives_the_wrong_ones_before(client):
    link, token, code = links.sent()
    give(client, token, wrong(link))

    give(client, token, code)

    link.refresh_from_db()
    assert link.tries == 0


def test_too_many_codes_from_one_address_are_refused(client):
    link, token, _ = links.sent()

    answers = [give(client, token, wrong(link)).status_code for _ in range(11)]

    assert answers == [200] * 10 + [429]
    limited = AuditEntry.objects.get(action="account.limited")
    assert limited.detail["path"] == "/link/"


# What is seen, and what no longer


def test_pages_say_where_from_and_until_when(client):
    link, token = opened(client)

    shown = pages.text(page(client, token))

    local = timezone.localtime(link.expires_at)
    assert f"Your link works until {local:%H:%M}, {local:%A} {local.day} {local:%B %Y} (London time)" in shown


@pytest.mark.parametrize(
    "end",
    [
        lambda link: Consent.objects.update(withdrawn_at=timezone.now()),
        lambda link: Consent.objects.update(
            asked_on=factories.DAY, expires_on=timezone.localdate() - timedelta(days=1)
        ),
        lambda link: Protocol.objects.update(review_on=timezone.localdate() - timedelta(days=1)),
        lambda link: Protocol.objects.update(items=["OUT_DATES"]),
        lambda link: Handover.objects.update(state="RECALLED"),
        lambda link: operations.revoke(link=link, by=link.made_by),
        lambda link: changed(link, expires_at=timezone.now() - timedelta(hours=1)),
    ],
    ids=["withdrawn", "ran out", "protocol lapsed", "item taken out", "recalled", "revoked", "expired"],
)
def test_what_ends_meanwhile_ends_at_the_next_click(client, end):
    link, token = opened(client)
    page(client, token)

    end(link)

    for name, *args in [("link_handover",), ("link_pack",), ("link_step", "query")]:
        answer = client.get(at(name, token, *args))
        assert PLAIN in pages.text(answer)
        assert link.handover.identity["name"] not in pages.text(answer)
    assert PLAIN in pages.text(client.post(at("link_acknowledge", token)))
    assert HandoverMove.objects.count() == 0
    assert seen(link) == ["OPENED", "HANDOVER"] + ["LATE"] * 4


def test_idle_browser_gives_the_code_again(client, settings):
    link, token = opened(client)
    changed(link, seen_at=timezone.now() - timedelta(seconds=settings.SESSION_IDLE_SECONDS + 1))

    assert page(client, token).url == at("link", token)
    assert client.post(at("link_acknowledge", token)).url == at("link", token)
    assert HandoverMove.objects.count() == 0
    assert "Code" in pages.text(client.get(at("link", token)))
    assert give(client, token, operations.formats.code(link.nonce)).url == at("link_handover", token)
    assert page(client, token).status_code == 200


def test_pack_is_given_and_noted(client):
    link, token = opened(client)

    answer = client.get(at("link_pack", token))

    assert answer.content == bytes(Pack.objects.get().pdf)
    assert answer.headers["Content-Disposition"] == f'inline; filename="handover-{link.handover.reference}.pdf"'
    assert seen(link) == ["OPENED", "PACK"]


def test_pack_that_was_set_aside_is_not_there(client):
    link, token = opened(client)
    Pack.objects.update(state=Pack.State.STALE)

    assert client.get(at("link_pack", token)).status_code == 404
    assert "There is no pack" in pages.text(page(client, token))


@pytest.mark.parametrize("path", ["link", "link_handover", "link_pack"])
def test_nothing_of_the_address_goes_anywhere(client, path):
    link, token = opened(client)

    answer = client.get(at(path, token))

    assert answer.headers["Referrer-Policy"] == "strict-origin"
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"


def test_whoever_is_signed_in_beside_it_is_not_known_there(client):
    link, token, code = links.sent()
    client.force_login(factories.user(full_name="Kit Keyworker"))

    give(client, token, code)

    shown = pages.text(page(client, token))
    assert link.handover.identity["name"] in shown
    assert "Kit Keyworker" not in shown


# Answers


def test_acknowledge_is_noted_as_the_links(client):
    link, token = opened(client)

    answer = client.post(at("link_acknowledge", token))

    shown = pages.text(client.get(answer.url))
    assert "Acknowledged by Liverpool DIP" in shown
    move = HandoverMove.objects.get()
    assert (move.after, move.by, move.link) == ("ACKNOWLEDGED", None, link)
    assert seen(link) == ["OPENED", "ANSWER", "HANDOVER"]


@pytest.mark.parametrize(
    ("name", "given", "state"),
    [
        ("query", {"words": "Which wing?"}, "QUERIED"),
        ("refuse", {"reason": "OTHER_AREA", "words": ""}, "REFUSED"),
    ],
)
def test_step_is_asked_and_taken(client, name, given, state):
    link, token = opened(client)

    assert link.handover.identity["name"] in pages.text(client.get(at("link_step", token, name)))
    answer = client.post(at("link_step", token, name), given)

    assert answer.url == f"{at('link_handover', token)}?done={name}"
    assert Handover.objects.get().state == state
    assert pages.text(client.get(answer.url)).count("The prison’s team sees it beside the handover") == 1
    assert HandoverMove.objects.get().link == link


def test_appointment_is_offered_and_offered_again(client):
    link, token = opened(client)
    client.post(at("link_acknowledge", token))
    tomorrow = timezone.localtime() + timedelta(days=1)

    for hour, nonce in [("10:00", "0" * 8), ("11:00", "1" * 8), ("11:00", "1" * 8)]:
        given = {
            "on_at": f"{tomorrow:%d/%m/%Y} {hour}",
            "where": "Hope Street",
            "nonce": f"{nonce}-0000-4000-8000-000000000000",
        }
        assert client.post(at("link_step", token, "offer"), given).status_code == 302

    made = HandoverAppointment.objects.order_by("pk")
    assert list(made.values_list("outcome", "offered_by")) == [("REARRANGED", None), ("", None)]
    assert "Hope Street" in pages.text(page(client, token))


def test_step_that_is_refused_says_why_and_does_nothing(client):
    link, token = opened(client)

    answer = client.post(at("link_step", token, "query"), {"words": ""})

    assert "There is a problem" in pages.text(answer)
    assert HandoverMove.objects.count() == 0


@pytest.mark.parametrize("name", ["kept", "missed", "close", "answer", "send-back", "whatever"])
def test_steps_of_others_are_not_there(client, name):
    link, token = opened(client)

    assert client.get(at("link_step", token, name)).status_code == 404
    assert client.post(at("link_step", token, name), {"words": "x", "why": "KEPT"}).status_code == 404


def test_protocol_without_answers_is_told_and_nothing_is_asked(client):
    link, token = opened(client)
    Protocol.objects.update(items=["OUT_HANDOVER"])

    assert "lets no answers pass" in pages.text(page(client, token))
    client.post(at("link_acknowledge", token))
    assert "lets no answers pass" in pages.text(client.post(at("link_step", token, "query"), {"words": "Which?"}))
    assert HandoverMove.objects.count() == 0


def test_step_that_is_over_leads_back(client):
    link, token = opened(client)

    assert client.get(at("link_step", token, "offer")).url == at("link_handover", token)


def test_acknowledging_what_somebody_else_moved_on_does_nothing(client):
    link, token = opened(client)
    worker = link.made_by
    Handover.objects.update(state="ACKNOWLEDGED")
    HandoverMove.objects.create(
        handover=link.handover, prison=link.prison, agency=link.agency, before="SENT", after="ACKNOWLEDGED", by=worker,
        at=timezone.now(),
    )  # fmt: skip

    assert client.post(at("link_acknowledge", token)).url == at("link_handover", token)
    assert HandoverMove.objects.count() == 1


# Trail


def test_trail_names_the_link_and_no_account(client):
    link, token = opened(client)
    page(client, token)
    client.post(at("link_acknowledge", token))

    entries = AuditEntry.objects.filter(context__startswith="link:")
    assert set(entries.values_list("by_id", "context")) == {(None, f"link:{link.pk}")}
    named = entries.exclude(kind="ROW")
    assert set(named.values_list("by_name", flat=True)) == {f"Link {link.pk} of Liverpool DIP"}
    assert {"handover.opened", "handover.acknowledged", "link.used"} <= set(named.values_list("action", flat=True))
    opened_ = AuditEntry.objects.get(action="handover.opened")
    assert (opened_.person_id, opened_.prison_id) == (link.handover.person_id, link.prison_id)


def test_neither_key_nor_code_is_anywhere_in_the_database(client):
    link, token, code = links.sent()
    give(client, token, code)
    page(client, token)
    cookie = client.cookies[COOKIE].value

    everything = " ".join(str(row) for model in [HandoverLink, Mail, AuditEntry] for row in model.objects.values())

    assert hashlib.sha256(token.encode()).hexdigest() in everything
    assert [secret for secret in [token, f"'{code}'", f" {code} ", cookie] if secret in everything] == []


@pytest.mark.parametrize("name", ["link_acknowledge"])
def test_clicks_are_no_links(client, name):
    _, token = opened(client)

    assert client.get(at(name, token)).status_code == 405
