from datetime import timedelta

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import Acknowledgement, AuditEntry, Movement
from casework.queries import changes
from tests import factories

pytestmark = pytest.mark.django_db
SHOW, ACKNOWLEDGE, TAKE_BACK = (
    reverse(f"casework:{name}") for name in ["changes", "acknowledge_changes", "take_back_changes"]
)


@pytest.fixture(autouse=True)
def next_day(time_machine):
    time_machine.move_to(factories.at(factories.DAY + timedelta(days=1), 12))


@pytest.fixture
def worker(client):
    user = factories.user()
    client.force_login(user)
    return user


def went_to_court(worker, times=1, case=None):
    case = case or factories.case(worker=worker)
    return [
        Movement.objects.create(
            spell=case.spell, prison=case.prison, kind="TO_COURT", at=factories.at(hour=12) + timedelta(minutes=minute)
        )
        for minute in range(times)
    ]


def names(*rows):
    return [f"movement.{row.pk}" for row in rows]


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_show_tells_each_change_with_tag_and_is_audited(client, worker):
    case = factories.case(worker=worker)
    went_to_court(worker, case=case)
    factories.alert(case.person, from_at=factories.at(hour=9))

    shown = client.get(SHOW).content.decode()

    assert "1 change to acknowledge" in shown
    assert "Testerton, Sam</a> <strong" in shown
    assert "Went to court" in shown
    entry = AuditEntry.objects.filter(action="changes.listed").get()
    assert entry.detail == {"people": [case.person_id]}


def test_show_says_so_where_nothing_changed(client, worker):
    assert "Nothing has changed since you last looked" in client.get(SHOW).content.decode()
    assert "No more changes behind this point" in client.get(SHOW, {"after": "9-1-1"}).content.decode()


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.PARTNER])
def test_pages_refuse_other_roles(client, role):
    client.force_login(factories.user(role))

    assert [client.get(SHOW).status_code, client.post(ACKNOWLEDGE).status_code, client.post(TAKE_BACK).status_code] == [
        403, 403, 403,
    ]  # fmt: skip


def test_acknowledge_takes_note_of_what_was_ticked(client, worker):
    first, second = went_to_court(worker, 2)
    sent = {"which": "ticked", "change": names(first), "shown": names(first, second)}

    answers = [client.post(ACKNOWLEDGE, sent, follow=True) for _ in range(2)]

    assert [said(answer) for answer in answers] == [["1 change acknowledged"], []]
    assert [change.pk for change in changes.unacknowledged(worker).changes] == [second.pk]


def test_acknowledge_all_takes_note_of_what_was_shown_and_no_more(client, worker):
    shown, later = went_to_court(worker, 2)

    answer = client.post(ACKNOWLEDGE, {"which": "all", "shown": names(shown)}, follow=True)

    assert said(answer) == ["1 change acknowledged"]
    assert [change.pk for change in changes.unacknowledged(worker).changes] == [later.pk]


@pytest.mark.parametrize("sent", [{}, {"which": "ticked"}, {"which": "none", "change": "movement.1"}])
def test_acknowledge_asks_for_a_tick(client, worker, sent):
    went_to_court(worker)

    answer = client.post(ACKNOWLEDGE, sent, follow=True)

    assert said(answer) == ["Tick the changes that you have taken note of, or acknowledge all that are shown."]
    assert Acknowledgement.objects.count() == 0


def test_acknowledge_leaves_alone_what_is_of_another_caseload(client, worker):
    (theirs,) = went_to_court(factories.user())

    client.post(ACKNOWLEDGE, {"which": "ticked", "change": [*names(theirs), "movement.x", "\0", "a.1"]})

    assert Acknowledgement.objects.count() == 0


def test_take_back_undoes_the_last_once(client, worker):
    first, second = went_to_court(worker, 2)
    client.post(ACKNOWLEDGE, {"which": "all", "shown": names(first, second)})
    page = client.get(SHOW)
    assert "You acknowledged 2 changes at 12:00." in page.content.decode()

    sent = {"last": page.context["last"].pk}
    answers = [client.post(TAKE_BACK, sent, follow=True) for _ in range(2)]

    assert [said(answer) for answer in answers] == [["2 changes to acknowledge again"], []]
    assert changes.count(worker) == 2


@pytest.mark.parametrize("last", ["", "x", "1" * 30])
def test_take_back_of_nothing_does_nothing(client, worker, last):
    assert client.post(TAKE_BACK, {"last": last}).url == SHOW


def test_take_back_leaves_others_alone(client, worker):
    colleague = factories.user()
    went_to_court(colleague)
    (change,) = changes.unacknowledged(colleague).changes
    theirs, mine = (
        Acknowledgement.objects.create(
            user=user, person=change.person, prison=factories.prison(), kind="movement", key=change.pk, at=change.at
        )
        for user in (colleague, worker)
    )

    client.post(TAKE_BACK, {"last": theirs.pk})
    assert Acknowledgement.objects.standing().count() == 2

    client.post(TAKE_BACK, {"last": mine.pk})
    assert list(Acknowledgement.objects.standing()) == [theirs]


@pytest.mark.parametrize("people", [1, 3, 30])
def test_show_asks_the_same_number_of_queries(client, worker, people, django_assert_num_queries):
    for _ in range(people):
        went_to_court(worker, 10)
    client.get(SHOW)

    with django_assert_num_queries(17):
        answer = client.get(SHOW)

    assert answer.context["total"] == people * 10
    assert bool(answer.context["next"]) == (people == 30)
    if answer.context["next"]:
        again = client.get(SHOW + answer.context["next"]).context["page"]
        assert {change.key for change in again.changes}.isdisjoint(
            change.key for change in answer.context["page"].changes
        )
