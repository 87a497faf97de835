from datetime import timedelta

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import Action, AuditEntry, Goal, Plan
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
NONCE = "11111111-1111-4111-8111-111111111111"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


@pytest.fixture
def keyworker(client):
    user = factories.user(full_name="Kay Worker")
    client.force_login(user)
    return user


@pytest.fixture
def case(keyworker):
    return factories.case(worker=keyworker, opened_on=DAY - timedelta(days=100))


@pytest.fixture
def in_force(case):
    """A plan whose review is late by a day, with a late step of his own and one of the worker."""
    plan = factories.plan(case, begun_on=DAY - timedelta(days=90), agreed_on=DAY - timedelta(days=85))
    goal = factories.goal(plan)
    factories.action(goal, due_on=DAY - timedelta(days=1))
    factories.action(goal, what="Ring the college", worker=case.opened_by)
    return plan


@pytest.fixture
def draft(case):
    plan = factories.plan(case, agreed_on=None, begun_on=DAY - timedelta(days=1))
    factories.action(factories.goal(plan, words="I want a flat", area="HOUSING"))
    return plan


def url(name, of):
    return reverse(f"casework:{name}", args=[of.pk])


def tab(person):
    return url("plan", person)


def test_show_tells_the_plan_in_force_with_the_draft_beside_it(client, case, in_force, draft):
    factories.plan(case, number=9, agreed_on=DAY - timedelta(days=99), begun_on=DAY - timedelta(days=99), ended_on=DAY)
    factories.plan(case, number=8, agreed_on=None, ended_on=DAY)

    response = client.get(tab(case.person))

    plans, page = response.context["plans"], response.content.decode()
    assert (plans.in_force, plans.draft, [plan.number for plan in plans.earlier]) == (in_force, draft, [9])
    assert (plans.in_force.review_on, plans.in_force.review_late) == (DAY - timedelta(days=1), True)
    assert page.count("Overdue") == 1
    for words in ["Review overdue", "13 October 2026", "I want to stay off spice", "Kay Worker", "I want a flat"]:
        assert words in page
    assert "Review the plan" not in page
    assert AuditEntry.objects.filter(action="person.plan.opened", person_id=case.person_id).count() == 1


def test_show_says_when_there_is_none(client, case, keyworker):
    assert "Begin a plan" in client.get(tab(case.person)).content.decode()
    assert "there is none" in client.get(tab(factories.person())).content.decode()


def test_review_is_not_late_on_its_day(client, case, in_force):
    Plan.objects.update(agreed_on=DAY - timedelta(days=84))

    assert client.get(tab(case.person)).context["plans"].in_force.review_late is False


def test_a_plan_is_written_agreed_and_lived_with(client, case):
    for _ in range(2):
        response = client.post(url("begin_plan", case.person), {"begun_on": "14/10/2026", "nonce": NONCE})
    plan = Plan.objects.get()
    assert response.url == url("add_goal", plan)
    response = client.post(response.url, {"words": "I want to sleep", "area": "HEALTH", "nonce": NONCE})
    goal = Goal.objects.get()
    assert response.url == url("add_action", goal)
    step = {"what": "See the doctor", "who": "PERSON", "other": "", "due_on": "21/10/2026", "nonce": NONCE}
    assert client.post(response.url, step).url == f"{tab(case.person)}#goal-{goal.pk}"
    version = Plan.objects.get().version
    answers = {"agreed_on": "14/10/2026", "how": "SIGNED", "version": version}
    assert client.post(url("agree_plan", plan), answers).url == tab(case.person)
    action = Action.objects.get()
    for name, day in [("do_action", DAY), ("undo_action", None)]:
        assert client.post(url(name, action)).url == f"{tab(case.person)}#goal-{goal.pk}"
        action.refresh_from_db()
        assert action.done_on == day
    client.post(
        url("grade_goal", goal), {"outcome": "PARTLY", "outcome_on": "14/10/2026", "outcome_note": "", "version": 1}
    )
    goal.refresh_from_db()
    assert goal.outcome == "PARTLY"


@pytest.mark.parametrize(
    ("who", "other", "errors"),
    [
        ("OTHER", "", {"other": ["Say who does it."]}),
        ("PERSON", "The doctor", {"other": ["Choose “Somebody else” above, or leave this empty."]}),
        ("", "", {"who": ["This field is required."]}),
        ("999999", "", {"who": ["Select a valid choice. 999999 is not one of the available choices."]}),
    ],
)
def test_add_action_asks_who_does_it(client, draft, who, other, errors):
    goal = draft.goals.get()

    answers = {"what": "See the doctor", "who": who, "other": other, "due_on": "21/10/2026", "nonce": NONCE}
    response = client.post(url("add_action", goal), answers)

    assert response.context["form"].errors == errors
    assert Action.objects.count() == 1


def test_add_action_offers_the_team_of_this_prison(client, draft, keyworker):
    factories.user(full_name="Far Away", prison=factories.prison("ACI", "Altcourse"))

    page = client.get(url("add_action", draft.goals.get())).content.decode()

    assert ("Kay Worker" in page, "Far Away" in page) == (True, False)


def test_change_says_when_somebody_was_quicker_and_loses_nothing(client, draft):
    goal = draft.goals.get()
    mine = {"words": "I want a flat with a garden", "area": "HOUSING", "version": 1}
    client.post(url("change_goal", goal), {**mine, "words": "I want a house"})

    response = client.post(url("change_goal", goal), mine)

    page = response.content.decode()
    assert "It says now: <strong>I want a house</strong>" in page
    assert "I want a flat with a garden" in page
    again = {**mine, "version": response.context["form"]["version"].value()}
    assert client.post(url("change_goal", goal), again).status_code == 302
    goal.refresh_from_db()
    assert goal.words == "I want a flat with a garden"


def test_change_action_says_when_somebody_was_quicker(client, draft, keyworker):
    action = Action.objects.get(goal__plan=draft)
    mine = {"what": "Mine", "who": keyworker.pk, "other": "", "due_on": "30/10/2026", "version": 1}
    assert client.post(url("change_action", action), {**mine, "what": "Theirs"}).status_code == 302

    page = client.post(url("change_action", action), mine).content.decode()

    assert "It says now: <strong>Theirs, by 30 October 2026</strong>" in page
    action.refresh_from_db()
    assert (action.what, action.worker) == ("Theirs", keyworker)


def test_take_out_leaves_the_plan_without(client, draft):
    goal = draft.goals.get()
    for _ in range(2):
        client.post(url("remove_action", goal.actions.get()))
        client.post(url("remove_goal", goal))

    response = client.get(tab(draft.person))

    assert response.context["plans"].draft.shown == []
    assert AuditEntry.objects.filter(action__in=["goal.removed", "action.removed"]).count() == 2


def test_one_click_on_a_plan_that_was_replaced_says_so(client, in_force):
    action = in_force.goals.get().actions.first()
    Plan.objects.update(ended_on=DAY)

    page = client.post(url("do_action", action), follow=True).content.decode()

    assert "not the plan in force any more" in page
    assert not Action.objects.exclude(done_on=None).exists()


def test_review_asks_how_far_each_goal_was_reached(client, in_force, keyworker):
    reached, still = in_force.goals.get(), factories.goal(in_force, words="I want <b>work</b>")
    page = client.get(url("review_plan", in_force)).content.decode()
    assert "I want &lt;b&gt;work&lt;/b&gt;" in page

    answers = {"begun_on": "14/10/2026", "reviewed": "Better.", "version": 1, "nonce": NONCE}
    answers |= {f"goal_{reached.pk}": "ACHIEVED", f"goal_{still.pk}": ""}
    for _ in range(2):
        response = client.post(url("review_plan", in_force), answers)

    assert response.url == tab(in_force.person)
    draft = Plan.objects.get(agreed_on=None)
    assert [goal.words for goal in draft.goals.all()] == ["I want <b>work</b>"]


def test_review_and_discard_say_when_somebody_was_quicker(client, in_force, draft):
    answers = {"begun_on": "14/10/2026", "reviewed": "Better.", "version": 9, "nonce": NONCE}
    for name, plan in [("review_plan", in_force), ("discard_plan", draft), ("agree_plan", draft)]:
        given = {**answers, "agreed_on": "14/10/2026", "how": "SAID"}
        assert "Somebody else changed this" in client.post(url(name, plan), given).content.decode()


def test_discard_throws_the_draft_away(client, draft):
    assert "Throw the draft away?" in client.get(url("discard_plan", draft)).content.decode()

    client.post(url("discard_plan", draft), {"version": 1})

    assert client.get(tab(draft.person)).context["plans"].draft is None


def test_begin_needs_an_open_case(client, keyworker):
    person = factories.person()

    assert "no plan can be begun" in client.get(url("begin_plan", person), follow=True).content.decode()


@pytest.mark.parametrize(
    ("name", "answers", "field"),
    [
        ("begin_plan", {"begun_on": "1/1/2020", "nonce": NONCE}, "begun_on"),
        ("agree_plan", {"agreed_on": "15/10/2026", "how": "SAID", "version": 1}, "agreed_on"),
        ("add_goal", {"words": "x" * 100_000, "area": "WORK", "nonce": NONCE}, "words"),
    ],
)
def test_refusals_stand_beside_the_field(client, draft, name, answers, field):
    if name == "begin_plan":
        Plan.objects.update(ended_on=DAY)

    response = client.post(url(name, draft.person if name == "begin_plan" else draft), answers)

    assert list(response.context["form"].errors) == [field]
    assert (Plan.objects.count(), Plan.objects.in_force().count(), Goal.objects.count()) == (1, 0, 1)


def test_earlier_versions_can_be_read(client, in_force):
    Plan.objects.update(ended_on=DAY)

    page = client.get(url("plan_version", in_force)).content.decode()

    assert ("I want to stay off spice" in page, "Record how far" in page, "/done/" in page) == (True, False, False)


def test_print_names_nobody_but_the_person(client, in_force):
    factories.action(in_force.goals.get(), what="Find a room", owner="OTHER", other="Ms Blackwood")

    article = (
        client.get(url("print_plan", in_force)).content.decode().partition("<article")[2].partition("</article>")[0]
    )

    assert ("Kay Worker" in article, "Blackwood" in article, "TEAM" in article) == (False, False, False)
    for words in [
        "My plan",
        "I want to stay off spice",
        "Me<",
        "My team",
        "Somebody else",
        "signature",
        in_force.person.number,
    ]:
        assert words in article
    assert AuditEntry.objects.filter(action="person.plan.print.opened").count() == 1


PAGES = {
    "plan": "person", "begin_plan": "person", "plan_version": "plan", "print_plan": "plan", "agree_plan": "plan",
    "review_plan": "plan", "discard_plan": "plan", "add_goal": "plan", "change_goal": "goal", "remove_goal": "goal",
    "grade_goal": "goal", "add_action": "goal", "change_action": "action", "remove_action": "action", "do_action": "action",
    "undo_action": "action",
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_plans_are_for_caseworkers_of_the_prison(client, in_force, name):
    goal = in_force.goals.get()
    rows = {"person": in_force.person, "plan": in_force, "goal": goal, "action": goal.actions.first()}
    address = url(name, rows[PAGES[name]])
    ask = client.post if name.startswith(("remove", "do_", "undo")) else client.get

    assert ask(address).status_code in {200, 302}
    client.force_login(factories.user(prison=factories.prison("ACI", "Altcourse")))
    assert ask(address).status_code == 404
    for role in [Role.PARTNER, Role.ADMINISTRATOR, Role.AUDITOR]:
        client.force_login(factories.user(role))
        assert ask(address).status_code == 403


@pytest.mark.parametrize("many", [1, 3])
def test_show_asks_the_same_number_of_queries(client, case, in_force, django_assert_num_queries, many):
    for number in range(many):
        earlier = factories.plan(case, number=10 + number, begun_on=DAY, ended_on=DAY)
        factories.action(factories.goal(earlier), worker=case.opened_by)
        factories.action(factories.goal(in_force), worker=case.opened_by)

    with django_assert_num_queries(QUERIES):
        client.get(tab(case.person))


QUERIES = 24
