import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from casework.models import AuditEntry
from interventions.models import Series
from tests import factories
from tests.interventions import groups, programmes

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(client):
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made


def url(name, *keys):
    return reverse(f"interventions:{name}", args=keys)


def series(name="Families", **given):
    made = {"made_by": factories.user(), "made_at": factories.at(), "from_on": groups.DAY, **given}
    return Series.objects.create(
        prison=factories.prison(), name=name, regime_time=groups.slot(), weekdays=[1, 3], capacity=8, **made
    )


def words(response):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", response.content.decode()))


def test_index_shows_what_goes_on_and_on_request_what_ended(client, worker):
    goes_on = series(programme=programmes.programme())
    programmes.enrolment(programme=goes_on.programme, state="ACTIVE", series=goes_on)
    programmes.enrolment(programme=goes_on.programme, state="COMPLETED", series=goes_on)
    for day, state in [(-2, "HELD"), (-1, "CANCELLED"), (-1, "CONFIRMED"), (7, "PLANNED"), (9, "CONFIRMED")]:
        why = {"cancelled_why": "TEAM_NO_ROOM"} if state == "CANCELLED" else {}
        groups.session(groups.DAY + timedelta(days=day), series=goes_on, state=state, **why)
    ended = series("Old", ended_on=groups.DAY)

    page, over = client.get(url("all_series")), client.get(url("all_series"), {"ended": ""})

    assert page.context["page"].rows == [goes_on]
    assert over.context["page"].rows == [ended]
    text = (
        "Families , from 14 October 2026 Tuesday, Thursday, PM from 14 Oct 2026 Triggers and cravings No room yet "
        "1 of 8 1 held, 1 could not run, 2 to come 23 Oct 2026"
    )
    assert text in words(page)
    assert "Old , from 14 October 2026" in words(over)


def test_index_is_paged_by_key_and_garbage_is_harmless(client, worker):
    rows = [series(f"Series {number}", from_on=groups.DAY - timedelta(days=number // 2)) for number in range(52)]
    rows.sort(key=lambda row: (row.from_on, row.pk), reverse=True)

    first = client.get(url("all_series"))
    second = client.get(url("all_series") + first.context["next_url"])
    for garbage in ["x", "9" * 40, "-1", "0"]:
        assert client.get(url("all_series"), {"after": garbage}).context["page"].rows == rows[:50]

    assert first.context["page"].rows == rows[:50]
    assert (second.context["page"].rows, second.context["next_url"]) == (rows[50:], "")


@pytest.mark.parametrize("count", [1, 3, 20])
def test_index_asks_as_often_however_many_there_are(client, worker, count, django_assert_num_queries):
    for number in range(count):
        groups.session(series=series(f"Series {number}"))
    client.get(url("all_series"))

    with django_assert_num_queries(11):
        client.get(url("all_series"))


@pytest.mark.parametrize("count", [1, 3, 20])
def test_show_names_who_has_a_place_and_asks_as_often_however_many(client, worker, count, django_assert_num_queries):
    run = series(programme=programmes.programme())
    rows = [programmes.enrolment(programme=run.programme, state="ACTIVE", series=run) for _ in range(count)]
    programmes.enrolment(programme=run.programme, state="COMPLETED", series=run)
    for number in range(count):
        groups.session(groups.DAY + timedelta(days=number), series=run)
    client.get(url("series", run.pk))

    with django_assert_num_queries(18):
        page = client.get(url("series", run.pk))

    assert {row.pk for row in page.context["people"]} == {row.pk for row in rows}
    assert AuditEntry.objects.filter(action="series.places.listed").count() == 2


def answers(**given):
    usual = {"on": "15/10/2026", "regime_time": groups.slot().pk, "capacity": "8", "nonce": uuid4()}
    return {**usual, **given}


def test_a_session_is_added_and_whoever_is_left_out_is_named(client, worker):
    run = series(programme=programmes.programme(), room=groups.room())
    run.workers.create(prison=run.prison, worker=worker)
    row = programmes.enrolment(programme=run.programme, state="ALLOCATED", series=run)
    factories.alert(row.person, "WWSEG")

    form = client.get(url("add_to_series", run.pk)).context["form"]
    refused = client.post(url("add_to_series", run.pk), answers(on="1/1/2020"))
    sent = answers()
    done = [client.post(url("add_to_series", run.pk), sent, follow=True) for _ in range(2)]

    assert (form.initial["room"], form.initial["facilitators"]) == (run.room_id, [worker.pk])
    assert refused.context["form"].errors == {"on": ["Give a day from today on, within a year."]}
    session = run.sessions.get()
    assert done[0].redirect_chain == done[1].redirect_chain == [(url("group", session.pk), 302)]
    assert [str(message) for message in done[0].context["messages"]] == [
        "Number 1 of Families is in the diary.",
        "Sam Testerton was left out. Is removed from association: no groups while it lasts.",
    ]


def test_a_series_ends_when_it_is_settled_and_says_what_is_not(client, worker):
    run = series(programme=programmes.programme())
    row = programmes.enrolment(programme=run.programme, state="ACTIVE", series=run)
    waits = programmes.enrolment(programme=run.programme, state="ALLOCATED", series=run)
    groups.session(date(2026, 10, 20), series=run)
    end = url("end_series", run.pk)

    page = client.get(end)
    assert "It can end when that is done." in words(page)
    no_reason = client.post(end, {"version": 1, "note": "x"})
    refused = client.post(end, {"version": 1, "why": "TEAM_NO_ROOM", "note": "Building work"})
    row.moves.create(
        person=row.person,
        prison=row.prison,
        before="ACTIVE",
        after="RELEASED",
        on=groups.DAY,
        at=factories.at(),
        by=worker,
    )
    row.state, row.ended_on = "RELEASED", groups.DAY
    row.save()
    done = client.post(end, {"version": 1, "why": "TEAM_NO_ROOM", "note": "Building work"}, follow=True)

    assert [list(page.context["begun"]), list(page.context["not_begun"]), page.context["coming"]] == [[row], [waits], 1]
    listed = AuditEntry.objects.filter(action="series.people.listed").order_by("pk").first()
    assert listed.detail == {"people": sorted([row.person_id, waits.person_id])}
    assert no_reason.context["form"].errors == {"why": ["Choose why."]}
    assert refused.context["form"].errors == {
        "__all__": ["1 person attends it. Say of each first whether they graduate, or why they did not complete it."]
    }
    assert done.redirect_chain == [(url("series", run.pk), 302)]
    assert "Ended on 14 October 2026: nobody is given a place in it any more." in words(done)
    waits.refresh_from_db()
    assert (waits.state, waits.series) == ("WAITING", None)
    assert client.get(end).status_code == client.get(url("add_to_series", run.pk)).status_code == 404


def test_a_series_without_sessions_to_come_ends_without_a_reason(client, worker):
    run = series()

    form = client.get(url("end_series", run.pk)).context["form"]
    client.post(url("end_series", run.pk), {"version": 1})

    run.refresh_from_db()
    assert (list(form.fields), run.ended_on) == (["version"], groups.DAY)
