from datetime import timedelta

import pytest
from django.urls import reverse

from casework.access import Role
from casework.formats import outcomes_profile as top
from casework.models import AuditEntry, OutcomesProfile, Score
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
NONCE = "11111111-1111-4111-8111-111111111111"
ASKED = {"asked_on": "14/10/2026", "nonce": NONCE}
AUDIT_C = {**ASKED, "q1": "4", "q2": "1", "q3": "0"}
PHQ = {**ASKED, **{f"q{number}": "1" for number in range(1, 10)}}
PROFILE = {
    "stage": "START",
    "done_on": "14/10/2026",
    "outside_why": "",
    "nonce": NONCE,
    **{line.total: "0" for line in top.LINES},
    **{item.code: "0" if item.most else "NO" for item in top.ITEMS},
}


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


@pytest.fixture
def keyworker(client):
    user = factories.user()
    client.force_login(user)
    return user


@pytest.fixture
def case(keyworker):
    return factories.case(worker=keyworker, opened_on=DAY - timedelta(days=10))


def url(name, *args):
    return reverse(f"casework:{name}", args=args)


def ask(client, case, tool="AUDIT_C", answers=AUDIT_C, **changed):
    return client.post(url("ask", case.person_id, tool), {**answers, **changed})


def opened(what):
    return AuditEntry.objects.filter(kind="READ", action=f"{what}.opened").count()


# Asking


@pytest.mark.parametrize("tool", ["AUDIT", "AUDIT_C", "SDS", "DAST_10", "PHQ_9", "GAD_7"])
def test_ask_shows_every_item_and_says_that_the_words_are_ours(client, case, tool):
    response = client.get(url("ask", case.person_id, tool))

    instrument = response.context["instrument"]
    assert [name for name in response.context["form"].fields if name.startswith("q")] == [
        item.code for item in instrument.items
    ]
    assert "Read the questions from the official card." in response.content.decode()


def test_ask_scores_on_the_server_once(client, keyworker, case):
    responses = [ask(client, case) for _ in range(2)]

    score = Score.objects.get()
    assert [response.url for response in responses] == [url("score", score.pk)] * 2
    assert (score.total, score.band, score.asked_by) == (5, "Positive: ask the whole AUDIT", keyworker)
    assert AuditEntry.objects.filter(action="score.recorded").count() == 1


def test_ask_reverses_question_3_of_dast(client, case):
    ask(client, case, "DAST_10", {**ASKED, **{f"q{number}": "0" for number in range(1, 11)}})

    assert Score.objects.get().total == 1


@pytest.mark.parametrize(
    ("tool", "answers", "errors"),
    [
        ("AUDIT_C", {**AUDIT_C, "q3": ""}, ["q3"]),
        ("AUDIT_C", {**AUDIT_C, "q3": "5"}, ["q3"]),
        ("AUDIT", {**AUDIT_C, "q2": "0", "q9": "1", "q10": "0"}, ["q9"]),
        ("AUDIT", {**AUDIT_C, "q2": "0"}, ["q9", "q10"]),
        ("SDS", {**ASKED, **{f"q{number}": "1" for number in range(1, 6)}, "about": ""}, ["about"]),
        ("SDS", {**ASKED, **{f"q{number}": "1" for number in range(1, 6)}, "about": "ALCOHOL"}, ["about"]),
        ("AUDIT_C", {**AUDIT_C, "asked_on": "15/10/2026"}, ["asked_on"]),
        ("AUDIT_C", {**AUDIT_C, "asked_on": ""}, ["asked_on"]),
    ],
)
def test_ask_refuses_beside_the_item_and_keeps_the_answers(client, case, tool, answers, errors):
    response = ask(client, case, tool, answers)

    form = response.context["form"]
    assert [name for name in form.fields if name in form.errors] == errors
    assert form["q1"].value() == answers["q1"]
    assert Score.objects.count() == 0


def test_ask_insists_on_safer_custody(client, case):
    response = ask(client, case, "PHQ_9", PHQ)

    assert list(response.context["form"].errors) == ["told"]
    text = response.content.decode()
    assert "Question 9 speaks of self-harm." in text
    assert 'data-shown-if="q9" data-shown-values="1 2 3"' in text
    assert Score.objects.count() == 0


def test_ask_keeps_who_was_told(client, case):
    ask(client, case, "PHQ_9", PHQ, told="TOLD", told_whom="Officer Gray", told_on="14/10/2026", told_time="11:30")

    score = Score.objects.get()
    assert (score.safer_custody, score.safer_custody_whom) == ("TOLD", "Officer Gray")
    assert score.safer_custody_at == factories.at(hour=11) + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"told": "TOLD", "told_whom": "", "told_on": "14/10/2026", "told_time": "11:00"}, ["told_whom"]),
        ({"told": "TOLD", "told_whom": "Gray", "told_on": "14/10/2026", "told_time": ""}, ["told_on"]),
        ({"told": "TOLD", "told_whom": "Gray", "told_on": "14/10/2026", "told_time": "noon"}, ["told_time"]),
        ({"told": "NOT_TOLD", "why_not": ""}, ["why_not"]),
    ],
)
def test_ask_needs_whom_and_when_or_why_not(client, case, given, errors):
    response = ask(client, case, "PHQ_9", PHQ, **given)

    assert list(response.context["form"].errors) == errors
    assert Score.objects.count() == 0


def test_ask_knows_the_questionnaires(client, case):
    assert client.get(url("ask", case.person_id, "TEA")).status_code == 404


# Reading


def test_show_has_the_items_and_the_points(client, case):
    score = factories.score(case, "DAST_10", items={f"q{number}": 1 for number in range(1, 11)})

    response = client.get(url("score", score.pk))

    assert response.context["result"].total == 9
    points = [(item.number, option.label, option.points) for item, option in response.context["items"]]
    assert points[:3] == [(1, "Yes", 1), (2, "Yes", 1), (3, "Yes", 0)]
    assert opened("score") == 1


def test_show_says_what_was_left_out(client, case):
    score = factories.score(case, "AUDIT", items={"q1": 0, "q9": 2, "q10": 0})

    assert client.get(url("score", score.pk)).content.decode().count("Left out") == 7


def test_show_says_that_there_is_no_threshold(client, case):
    score = factories.score(case, "SDS", about="SPICE")

    assert "No threshold was published for spice" in client.get(url("score", score.pk)).content.decode()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"safer_custody": "TOLD", "safer_custody_whom": "Gray", "safer_custody_at": factories.at(hour=9)},
            "Gray was told on 14 October 2026, 09:00",
        ),
        ({"safer_custody": "NOT_TOLD", "safer_custody_note": "Open ACCT"}, "Safer custody was not told"),
    ],
)
def test_show_says_whether_safer_custody_was_told(client, case, given, words):
    items = {f"q{number}": 1 for number in range(1, 10)}
    score = factories.score(case, "PHQ_9", items=items, **given)

    assert words in client.get(url("score", score.pk)).content.decode()


# Over time


def test_history_pages_by_key_and_draws_the_newest(client, case):
    for number in range(30):
        factories.score(case, asked_on=DAY - timedelta(days=number // 2))
    factories.score(case, "PHQ_9")
    address = url("scores", case.person_id, "AUDIT_C")

    first = client.get(address).context
    second = client.get(address + first["older_url"]).context

    assert [len(first["page"].rows), len(second["page"].rows), second["older_url"]] == [25, 5, ""]
    keys = [score.pk for score in [*first["page"].rows, *second["page"].rows]]
    assert keys == list(Score.objects.filter(tool="AUDIT_C").values_list("pk", flat=True))
    assert len(first["series"].chart["points"]) == 24


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 40, "٣", "123456"])
def test_history_begins_at_the_beginning_with_a_key_that_is_none(client, case, after):
    factories.score(case)

    response = client.get(url("scores", case.person_id, "AUDIT_C"), {"after": after})

    assert len(response.context["page"].rows) == 1


def test_history_tells_drugs_apart(client, case):
    factories.score(case, "SDS")
    factories.score(case, "SDS", about="CRACK")

    response = client.get(url("scores", case.person_id, "SDS"), {"about": "CRACK"})

    assert [score.about for score in response.context["page"].rows] == ["CRACK"]
    assert client.get(url("scores", case.person_id, "SDS")).status_code == 404
    assert client.get(url("scores", case.person_id, "TEA")).status_code == 404


@pytest.mark.parametrize("many", [1, 3, 30])
def test_history_asks_the_same_number_of_queries(client, case, django_assert_num_queries, many):
    for number in range(many):
        factories.score(case, asked_on=DAY - timedelta(days=number))

    with django_assert_num_queries(23):
        client.get(url("scores", case.person_id, "AUDIT_C"))


# Outcomes profiles


def test_record_profile_keeps_it_once(client, keyworker, case):
    address = url("record_profile", case.person_id)

    form = client.get(address).context["form"]
    responses = [client.post(address, PROFILE) for _ in range(2)]

    profile = OutcomesProfile.objects.get()
    assert form["stage"].value() == "START"
    assert [response.url for response in responses] == [url("profile", profile.pk)] * 2
    assert (profile.case, profile.answers["alcohol_week_4"], profile.done_by) == (case, 0, keyworker)


def test_record_profile_says_when_the_next_is_due(client, case):
    factories.profile(case)

    response = client.get(url("record_profile", case.person_id))

    assert response.context["form"]["stage"].value() == "REVIEW"
    assert "between 12 November 2026 and 14 April 2027" in response.content.decode()


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        (
            {"crack_total": "29"},
            "crack_total",
            "Crack: four weeks have 0 to 28 days. Enter NA if the person would not say.",
        ),
        ({"crack_total": "lots"}, "crack_total", "Enter a whole number, or NA."),
        ({"crack_amount": "1,5"}, "crack_amount", "Enter a number, or NA."),
        (
            {"psychological": "21"},
            "psychological",
            "How the person rates mood and feelings: enter a whole number from 0 to 20, or NA if the person would not say.",
        ),
        ({"fraud": ""}, "fraud", "Answer “Any fraud, forgery or handling of stolen goods?”"),
        ({"done_on": "1/10/2026"}, "done_on", "The case was opened on 4 October 2026. Profiles come after."),
        ({"stage": "EXIT"}, "stage", "The start profile comes first."),
    ],
)
def test_record_profile_refuses_beside_the_field(client, case, given, field, words):
    response = client.post(url("record_profile", case.person_id), {**PROFILE, **given})

    assert response.context["form"].errors == {field: [words]}
    assert response.context["form"]["quality"].value() == "0"
    assert words in response.content.decode().replace("&#x27;", "’")
    assert OutcomesProfile.objects.count() == 0


def test_record_profile_takes_weeks_amounts_and_na(client, case):
    weeks = {f"opiates_week_{week}": str(days) for week, days in zip((4, 3, 2, 1), (7, 7, 0, 1), strict=True)}
    given = {"opiates_total": "", **weeks, "opiates_amount": "0.5", "tobacco_total": "n/a", "theft": "NA"}

    client.post(url("record_profile", case.person_id), {**PROFILE, **given})

    answers = OutcomesProfile.objects.get().answers
    assert (answers["opiates_total"], answers["opiates_amount"]) == (15, 0.5)
    assert (answers["tobacco_total"], answers["theft"]) == ("NA", "NA")


def test_record_profile_asks_again_about_what_is_unlikely(client, case):
    address, unlikely = url("record_profile", case.person_id), {**PROFILE, "injecting_days": "2"}

    response = client.post(address, unlikely)

    text = response.content.decode()
    assert "Injecting on 2 days, but no drug was used on more than 0 days." in text
    assert 'name="confirmed"' in text
    assert OutcomesProfile.objects.count() == 0
    response = client.post(address, {**unlikely, "asks_to_confirm": "1", "confirmed": "on"})
    assert "Unlikely, but confirmed" in client.get(response.url).content.decode()


def test_record_profile_without_a_case_leads_back(client, keyworker):
    response = client.get(url("record_profile", factories.spell().person_id), follow=True)

    assert "There was no case here" in response.content.decode()


def test_record_profile_after_the_case_closed(client, keyworker):
    case = factories.case(
        worker=keyworker,
        opened_on=DAY - timedelta(days=20),
        closed_on=DAY,
        close_reason="COMPLETED",
        closed_by=keyworker,
    )
    factories.profile(case, done_on=DAY - timedelta(days=18))

    assert client.get(url("record_profile", case.person_id)).context["form"]["stage"].value() == "EXIT"
    factories.profile(case, "EXIT")
    assert client.get(url("record_profile", case.person_id)).context["form"]["stage"].value() == "POST_EXIT"


def test_profile_shows_what_was_said(client, case):
    profile = factories.profile(
        case, answers={"other_total": 28, "other_amount": 2, "other_name": "<Ketamine>", "quality": 12}
    )

    text = client.get(url("profile", profile.pk)).content.decode()

    assert "Another drug: &lt;Ketamine&gt;" in text
    assert "12 of 20" in text
    assert "15 August 2026 to 11 September 2026" not in text
    assert "17 August 2026 to 13 September 2026" in text
    assert opened("outcomes") == 1


# Who


@pytest.mark.parametrize("place", range(6))
def test_scores_are_for_caseworkers_of_the_prison(client, keyworker, place):
    there = factories.case(spell=factories.spell(prison=factories.prison("ACI", "Altcourse")))
    address = [
        url("ask", there.person_id, "AUDIT_C"),
        url("score", factories.score(there).pk),
        url("scores", there.person_id, "AUDIT_C"),
        url("record_profile", there.person_id),
        url("profile", factories.profile(there).pk),
        url("profiles", there.person_id),
    ][place]

    assert client.get(address).status_code == 404
    assert client.post(address, {**AUDIT_C, **PROFILE}).status_code in {404, 405}
    for role in (Role.PARTNER, Role.AUDITOR, Role.ADMINISTRATOR):
        client.force_login(factories.user(role))
        assert client.get(address).status_code == 403
