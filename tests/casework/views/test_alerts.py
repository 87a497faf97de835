from datetime import date, timedelta

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import Alert, AuditEntry, KeepApart
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
NONCE = "11111111-1111-4111-8111-111111111111"
BANNER = "<strong>ACCT open</strong> – {}; record the session in the folder on the wing."
ASK = "Must not be in the same room as certain people: ask whoever plans groups."


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


@pytest.fixture
def keyworker(client):
    user = factories.user()
    client.force_login(user)
    return user


@pytest.fixture
def planner(client):
    user = factories.user(duties=["SCHEDULE"])
    client.force_login(user)
    return user


@pytest.fixture
def person():
    return factories.spell().person


def url(name, *of):
    return reverse(f"casework:{name}", args=[one.pk for one in of])


def page(client, person, **asked):
    return client.get(url("alerts", person), asked).content.decode()


def by_hand(person, code="WWPAIR", **given):
    given = {"source": "HAND", "said_by": "SO Sample", "recorded_by": factories.user(full_name="Kay Noter"), **given}
    return factories.alert(person, code, **given)


def done():
    return list(AuditEntry.objects.filter(kind="OPERATION").values_list("action", flat=True))


def errors(response):
    return {name: list(said) for name, said in response.context["form"].errors.items()}


# Alerts of one person


def test_show_tells_what_is_in_force_and_what_is_over_and_is_audited(client, keyworker, person):
    by_hand(person, note="Since Monday", review_on=DAY - timedelta(days=1))
    by_hand(person, "TM", until_at=factories.at(hour=11), ended_by=keyworker, end_said_by="SO Sample", end_why="Moved")
    factories.alert(person, "MAS")

    shown = page(client, person)

    for text in ["See in pairs", "Two members of staff at every session", "Since Monday", "Overdue", "Asthmatic"]:
        assert text in shown
    assert "SO Sample, noted by Kay Noter" in shown
    assert f"Moved (SO Sample), noted by {keyworker}" in shown
    entry = AuditEntry.objects.filter(kind="READ").first()
    assert (entry.action, entry.person_id) == ("person.alerts.opened", person.pk)


def test_show_never_shows_alerts_of_type_d_and_marks_those_of_type_x(client, keyworker, person):
    for kind, code in [("D", "DZZZ"), ("H", "DOCGM"), ("X", "XZZZ"), ("H", "HC")]:
        person.alerts.create(prison=factories.prison(), kind=kind, code=code, from_at=factories.at())

    shown = page(client, person)

    assert ["DZZZ" in shown, "Organised crime" in shown, "XZZZ" in shown] == [False, False, True]
    assert shown.count("Never shared") == 1


@pytest.mark.parametrize(
    ("code", "given", "told"),
    [
        ("HA", {"review_on": date(2026, 12, 3)}, "ACCT open since 14 October 2026"),
        ("HA1", {}, "ACCT post-closure since 14 October 2026"),
        ("HA2", {}, "ACCT closed since 14 October 2026"),
    ],
)
def test_show_tells_the_state_of_an_acct(client, keyworker, person, code, given, told):
    factories.alert(person, code, **given)

    assert told in page(client, person)


def test_show_pages_what_is_over(client, keyworker, person):
    for days in range(51):
        factories.alert(person, "TM", from_at=factories.at(), until_at=factories.at() + timedelta(minutes=days))

    first = client.get(url("alerts", person)).context
    rest = client.get(url("alerts", person) + first["next"]).context

    assert (len(first["page"].over), len(rest["page"].over), rest["next"]) == (50, 1, "")
    assert len(client.get(url("alerts", person), {"after": "x"}).context["page"].over) == 50


@pytest.mark.parametrize("count", [1, 3])
def test_show_asks_the_same_number_of_queries(client, planner, person, count, django_assert_num_queries):
    for code in ["TM", "WWPAIR", "WWSEG"][:count]:
        by_hand(person, code)
        by_hand(person, code, until_at=factories.at(hour=11), ended_by=planner)
        pair(person, factories.spell().person, planner)
    client.get(url("alerts", person))

    with django_assert_num_queries(23):
        client.get(url("alerts", person))


PAGES = ["alerts", "note_alert", "acct", "record_keep_apart"]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.PARTNER])
def test_pages_refuse_other_roles(client, person, name, role):
    client.force_login(factories.user(role))

    assert client.get(url(name, person)).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_pages_hide_another_prison(client, planner, name):
    elsewhere = factories.spell(prison=factories.prison("ACI", "Altcourse (HMP)")).person

    assert client.get(url(name, elsewhere)).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_pages_show_the_banner_of_an_open_acct(client, planner, person, name):
    alert = factories.alert(person)
    assert BANNER.format("next review not known") in client.get(url(name, person)).content.decode()

    for day, told in [
        (date(2026, 12, 3), "next review 3 December"),
        (DAY, "next review 14 October"),
        (date(2026, 10, 13), "review was due on 13 October"),
    ]:
        Alert.objects.filter(pk=alert.pk).update(review_on=day)
        assert BANNER.format(told) in client.get(url(name, person)).content.decode()

    Alert.objects.filter(pk=alert.pk).update(until_at=factories.at(hour=11))
    assert "ww-acct" not in client.get(url(name, person)).content.decode()


# Notices


def send_note(client, person, **given):
    given = {"code": "WWPAIR", "said_by": "SO Sample", "from_on": "14/10/2026", "nonce": NONCE, **given}
    return client.post(url("note_alert", person), given)


def test_note_notes_once_however_often_it_is_sent(client, keyworker, person):
    answers = [send_note(client, person, review_on="21/10/2026") for _ in range(2)]

    assert [answer.url for answer in answers] == [url("alerts", person)] * 2
    alert = Alert.objects.get()
    assert (alert.code, alert.source, alert.review_on) == ("WWPAIR", "HAND", date(2026, 10, 21))
    assert done() == ["alert.noted"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"code": ""}, {"code": ["Choose what was said"]}),
        ({"code": "DOCGM"}, {"code": ["Select a valid choice. DOCGM is not one of the available choices."]}),
        ({"said_by": ""}, {"said_by": ["Say who said so"]}),
        ({"from_on": "15/10/2026"}, {"from_on": ["It cannot begin in the future."]}),
        ({"from_on": "14/14/2026"}, {"from_on": ["Enter a date such as 27/3/2026."]}),
        ({"review_on": "13/10/2026"}, {"review_on": ["The next review is today or later."]}),
        (
            {"note": "x" * 100_000},
            {"note": ["Shorten this to 200 characters. It has 100000."]},
        ),
    ],
)
def test_note_says_what_is_wrong_beside_the_question(client, keyworker, person, given, said):
    assert errors(send_note(client, person, **given)) == said
    assert (Alert.objects.count(), done()) == (0, [])


def test_end_ends_what_was_noted(client, keyworker, person):
    alert = by_hand(person)

    answer = client.post(url("end_alert", alert), {"said_by": "SO Sample", "why": "Reviewed"})

    alert.refresh_from_db()
    assert (answer.url, alert.ended_by, alert.end_why) == (url("alerts", person), keyworker, "Reviewed")
    assert done() == ["alert.ended"]


def test_end_asks_who_and_why_and_leaves_the_roll_alone(client, keyworker, person):
    alert = factories.alert(person)

    assert errors(client.post(url("end_alert", alert), {"said_by": ""})) == {
        "said_by": ["Say who said so"],
        "why": ["Say why"],
    }
    refused = client.post(url("end_alert", alert), {"said_by": "Me", "why": "I think so"})
    assert errors(refused) == {"__all__": ["The roll says this. It ends when the roll no longer says so."]}
    assert Alert.objects.open().count() == 1


def test_end_hides_alerts_of_another_prison(client, keyworker):
    altcourse = factories.prison("ACI", "Altcourse (HMP)")
    alert = factories.alert(factories.spell(prison=altcourse).person, prison=altcourse)

    assert client.get(url("end_alert", alert)).status_code == 404


# ACCT


def send_acct(client, person, **given):
    given = {"state": "HA", "said_by": "Safer custody", "from_on": "14/10/2026", "nonce": NONCE, "seen": "", **given}
    return client.post(url("acct", person), given)


def test_acct_notes_what_safer_custody_said_once(client, keyworker, person):
    answers = [send_acct(client, person, review_on="16/10/2026") for _ in range(2)]

    assert [answer.url for answer in answers] == [url("alerts", person)] * 2
    alert = Alert.objects.get()
    assert (alert.code, alert.source, alert.said_by, alert.review_on) == (
        "HA", "HAND", "Safer custody", date(2026, 10, 16),
    )  # fmt: skip
    assert done() == ["alert.acct"]


def test_acct_refuses_without_a_name_and_in_the_wrong_order(client, keyworker, person):
    assert errors(send_acct(client, person, said_by="")) == {"said_by": ["Say who said so"]}
    assert errors(send_acct(client, person, state="HA2")) == {"state": ["There is no ACCT to close."]}
    assert Alert.objects.count() == 0


def test_acct_shows_that_somebody_was_quicker_and_then_lets_it_through(client, keyworker, person):
    factories.alert(person)

    refused = send_acct(client, person, state="HA1")
    form = refused.context["form"]
    assert "The ACCT was changed while you had this open." in form.errors["__all__"][0]
    assert "Now: ACCT open since 14 October 2026, from the roll." in refused.content.decode()

    send_acct(client, person, state="HA1", seen=form["seen"].value())
    assert Alert.objects.open().get().code == "HA1"


# Kept apart


def pair(one, other, by, **given):
    first, second = sorted([one, other], key=lambda person: person.pk)
    given = {"scope": "ROOM", "reason": "THREAT", "said_by": "SO Sample", "from_on": DAY, **given}
    return KeepApart.objects.create(
        person=first, other=second, prison=factories.prison(), recorded_by=by, recorded_at=factories.at(), **given
    )


def send_pair(client, person, number, **given):
    given = {"scope": "ROOM", "reason": "THREAT", "said_by": "SO Sample", "from_on": "14/10/2026", **given}
    return client.post(url("record_keep_apart", person), {"number": number, "nonce": NONCE, **given})


def test_record_keep_apart_records_once(client, planner, person):
    other = factories.spell().person

    answers = [send_pair(client, person, f" {other.number.lower()} ") for _ in range(2)]

    assert [answer.url for answer in answers] == [url("alerts", person)] * 2
    row = KeepApart.objects.get()
    assert {row.person, row.other} == {person, other}


@pytest.mark.parametrize("number", ["A9999ZZ", "nobody", "x" * 30])
def test_record_keep_apart_says_what_is_wrong_with_a_number(client, planner, person, number):
    answer = send_pair(client, person, number)

    assert list(errors(answer)) == ["number"]
    assert KeepApart.objects.count() == 0


def test_record_keep_apart_refuses_the_same_person(client, planner, person):
    assert errors(send_pair(client, person, person.number)) == {
        "number": ["This is the same person. Give the number of the other one."]
    }


def test_end_keep_apart_lets_them_meet(client, planner, person):
    row = pair(person, factories.spell().person, planner)

    answer = client.post(url("end_keep_apart", person, row), {"said_by": "SO Sample", "why": "Mediation"})

    row.refresh_from_db()
    assert (answer.url, row.ended_on, row.end_why) == (url("alerts", person), DAY, "Mediation")
    again = client.post(url("end_keep_apart", person, row), {"said_by": "SO Sample", "why": "Another"})
    assert errors(again) == {"__all__": ["This ended already, on 14 October 2026."]}


def test_end_keep_apart_is_of_the_person_in_the_address(client, planner, person):
    row = pair(factories.spell().person, factories.spell().person, planner)

    assert client.get(url("end_keep_apart", person, row)).status_code == 404


def test_names_are_shown_to_those_who_plan(client, planner, person):
    other = factories.spell(factories.person("Apartson")).person
    factories.alert(other)
    row = pair(person, other, planner)

    shown = page(client, person)

    assert "Apartson, Sam</a> <strong" in shown
    assert ASK not in shown
    assert client.get(url("end_keep_apart", person, row)).status_code == 200
    whole = client.get(url("keep_aparts")).content.decode()
    assert "Apartson, Sam</a> <strong" in whole
    listed = AuditEntry.objects.filter(action="keep_aparts.listed").first()
    assert listed.detail == {"people": sorted([person.pk, other.pk])}


def test_everybody_else_is_told_to_ask(client, keyworker, person):
    other = factories.spell(factories.person("Apartson")).person
    row = pair(person, other, factories.user())

    shown = page(client, person)

    assert ASK in shown
    assert "Apartson" not in shown
    assert "Keep apart</strong>" in client.get(url("details", person)).content.decode()
    assert client.get(url("keep_aparts")).status_code == 403
    assert client.get(url("record_keep_apart", person)).status_code == 403
    assert client.get(url("end_keep_apart", person, row)).status_code == 404


def test_nobody_is_told_of_keep_aparts_that_ended(client, keyworker, person):
    pair(person, factories.spell().person, factories.user(), ended_on=DAY)

    assert ASK not in page(client, person)


@pytest.mark.parametrize("count", [1, 3])
def test_keep_aparts_asks_the_same_number_of_queries(client, planner, count, django_assert_num_queries):
    for _ in range(count):
        pair(factories.spell().person, factories.spell().person, planner)
    client.get(url("keep_aparts"))

    with django_assert_num_queries(13):
        assert len(client.get(url("keep_aparts")).context["pairs"]) == count


def test_keep_aparts_turns_pages_by_key(client, planner, monkeypatch):
    monkeypatch.setattr("casework.queries.alerts.PAGE", 2)
    for days in range(3):
        one, other = factories.spell().person, factories.spell().person
        pair(one, other, planner, from_on=DAY - timedelta(days=days))

    first = client.get(url("keep_aparts")).context
    rest = client.get(url("keep_aparts") + first["next"]).context

    assert [len(first["pairs"]), len(rest["pairs"]), rest["next"]] == [2, 1, ""]
    assert len(client.get(url("keep_aparts"), {"after": "x"}).context["pairs"]) == 2
