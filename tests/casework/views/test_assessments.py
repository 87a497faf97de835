from datetime import timedelta

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import Assessment, AuditEntry, OutcomesProfile, SubstanceUse
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
NONCE = "11111111-1111-4111-8111-111111111111"
NO_SUBSTANCES = {
    f"{name}_{rank}": ""
    for rank in (1, 2, 3)
    for name in ("substance", "route", "age_first_used", "before_custody", "now")
}
HEROIN = {
    "substance_1": "HEROIN",
    "route_1": "INJECTED",
    "age_first_used_1": "19",
    "before_custody_1": "DAILY",
    "now_1": "NOT_USED",
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


def page(client, name, *args):
    return client.get(url(name, *args)).content.decode()


def section(client, assessment, code, **answers):
    return client.post(url("assessment_section", assessment.pk, code), {"version": assessment.version, **answers})


def opened(what):
    return AuditEntry.objects.filter(kind="READ", action=f"{what}.opened").count()


# All of them


def test_index_lists_every_administration(client, keyworker, case):
    done = factories.assessment(case, done_on=DAY - timedelta(days=5))
    factories.assessment(case, "COMPREHENSIVE")
    for days in (9, 6, 3):
        factories.score(case, "PHQ_9", asked_on=DAY - timedelta(days=days))
    factories.score(case, "SDS")
    factories.score(case, "SDS", about="CRACK")
    factories.profile(case)

    response = client.get(url("assessments", case.person_id))

    overview = response.context["overview"]
    assert [row.kind for row in overview.assessments.rows] == ["COMPREHENSIVE", "TRIAGE"]
    assert [(one.title, len(one.scores)) for one in overview.series] == [
        ("SDS: Crack cocaine", 1),
        ("SDS: Heroin", 1),
        ("PHQ-9", 3),
    ]
    text = response.content.decode()
    assert text.count('<svg class="ww-chart"') == 1  # one point is no line
    assert f'href="{url("assessment", done.pk)}"' in text
    assert "Go on with the comprehensive assessment" in text
    assert "Begin a triage assessment" in text
    assert opened("person.assessments") == 1


def test_index_without_a_case_says_what_to_do(client, keyworker):
    person = factories.spell().person

    text = page(client, "assessments", person.pk)

    assert "There is no open case, so no assessment can be begun." in text
    assert "begin/" not in text


@pytest.mark.parametrize("many", [1, 3, 30])
def test_index_asks_the_same_number_of_queries(client, case, django_assert_num_queries, many):
    factories.profile(case)
    for number in range(many):
        day = DAY - timedelta(days=number % 9)
        factories.assessment(case, done_on=day)
        factories.score(case, "GAD_7", asked_on=day)
        factories.profile(case, "REVIEW", done_on=day)

    with django_assert_num_queries(25):
        client.get(url("assessments", case.person_id))


def test_index_shows_the_newest_of_each_and_leads_to_all(client, case):
    for number in range(6):
        day = DAY - timedelta(days=number)
        factories.assessment(case, done_on=day, begun_at=factories.at(day))
        factories.profile(case, "REVIEW", done_on=day)
        factories.score(case, "GAD_7", asked_on=day)
    for _ in range(300):
        factories.score(case, "PHQ_9", asked_on=DAY)

    response = client.get(url("assessments", case.person_id))

    overview, newest = response.context["overview"], [DAY - timedelta(days=number) for number in range(5)]
    assert [row.done_on for row in overview.assessments.rows] == newest
    assert [row.done_on for row in overview.profiles.rows] == newest
    assert [(one.title, len(one.scores)) for one in overview.series] == [("PHQ-9", 24), ("GAD-7", 6)]
    assert [score.asked_on for score in overview.series[1].shown] == newest
    for name in ["assessment_history", "profiles"]:
        assert f'href="{url(name, case.person_id)}"' in response.content.decode()


# Page after page


def fill(case, name, many):
    """Some of them on the same day."""
    for number in range(many):
        day = DAY - timedelta(days=number // 2 % 9)
        if name == "profiles":
            factories.profile(case, "REVIEW", done_on=day)
        else:
            factories.assessment(case, done_on=day, begun_at=factories.at(day))


@pytest.mark.parametrize(("name", "model"), [("assessment_history", Assessment), ("profiles", OutcomesProfile)])
def test_lists_page_by_key(client, case, name, model):
    fill(case, name, 30)
    fill(factories.case(), name, 1)

    first = client.get(url(name, case.person_id))
    page = first.context["page"]
    older = f"?after={page.after}"
    assert f'href="{older}"' in first.content.decode()
    second = client.get(url(name, case.person_id) + older)

    assert [len(page.rows), len(second.context["page"].rows), second.context["page"].after] == [25, 5, None]
    keys = [row.pk for row in [*page.rows, *second.context["page"].rows]]
    assert keys == list(model.objects.filter(case=case).values_list("pk", flat=True))
    assert f'href="{url(name, case.person_id)}"' in second.content.decode()
    assert opened("person.assessments") == 2


@pytest.mark.parametrize("name", ["assessment_history", "profiles"])
@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 40, "٣", "123456", "\0"])
def test_lists_begin_at_the_beginning_with_a_key_that_is_none(client, case, name, after):
    fill(case, name, 1)

    assert len(client.get(url(name, case.person_id), {"after": after}).context["page"].rows) == 1


@pytest.mark.parametrize(("name", "words"), [("assessment_history", "begun"), ("profiles", "recorded")])
def test_lists_say_that_there_is_nothing_yet(client, case, name, words):
    assert f"None was {words} yet." in page(client, name, case.person_id)


@pytest.mark.parametrize("many", [1, 3, 30])
@pytest.mark.parametrize("name", ["assessment_history", "profiles"])
def test_lists_ask_the_same_number_of_queries(client, case, django_assert_num_queries, name, many):
    fill(case, name, many)

    with django_assert_num_queries(22):
        client.get(url(name, case.person_id))


# Beginning


def test_begin_opens_the_first_section_once(client, case):
    address = url("begin_assessment", case.person_id, "triage")

    assert "The first conversation" in client.get(address).content.decode()
    responses = [client.post(address, {"nonce": NONCE}) for _ in range(2)]

    made = Assessment.objects.get()
    assert [response.url for response in responses] == [url("assessment_section", made.pk, "reason")] * 2
    assert (made.kind, made.case, made.questions) == ("TRIAGE", case, "TRIAGE-1")


def test_begin_goes_on_with_what_is_unfinished(client, case):
    made = factories.assessment(case)

    response = client.post(url("begin_assessment", case.person_id, "triage"), {"nonce": NONCE})

    assert response.url == url("assessment_section", made.pk, "reason")


def test_begin_without_a_case_leads_back_and_says_why(client, keyworker):
    person = factories.spell().person

    response = client.post(url("begin_assessment", person.pk, "triage"), {"nonce": NONCE}, follow=True)

    assert "Open a case first." in response.content.decode()
    assert Assessment.objects.count() == 0


def test_begin_knows_the_kinds(client, case):
    assert client.get(url("begin_assessment", case.person_id, "tea")).status_code == 404


def test_begin_reviews_what_was_assessed(client, case):
    address = url("begin_assessment", case.person_id, "review")
    words = "A review looks back on a comprehensive assessment. Complete one first."
    assert client.post(address, {"nonce": NONCE}).context["form"].errors == {"__all__": [words]}
    assert address not in page(client, "assessments", case.person_id)

    factories.assessment(case, "COMPREHENSIVE", done_on=DAY)
    assert f'href="{address}"' in page(client, "assessments", case.person_id)
    response = client.post(address, {"nonce": NONCE})

    made = Assessment.objects.get(kind="REVIEW")
    assert response.url == url("assessment_section", made.pk, "since")
    assert "Review assessment: section 1 of 5" in client.get(response.url).content.decode()
    assert "Go on with the review assessment" in page(client, "assessments", case.person_id)


# One section


def test_section_says_where_one_is_and_leads_to_the_next(client, keyworker, case):
    made = factories.assessment(case)

    assert "Triage assessment: section 1 of 5" in page(client, "assessment_section", made.pk, "reason")
    response = section(client, made, "reason", wants="Help with spice", helped_before="NO", helped_how="")

    assert response.url == url("assessment_section", made.pk, "substances")
    assert "Section 1 of 5 saved" in client.get(response.url).content.decode()
    made.refresh_from_db()
    assert (made.answers, made.version) == ({"wants": "Help with spice", "helped_before": "NO"}, 2)
    saved = AuditEntry.objects.get(action="assessment.answered")
    assert (saved.by_id, saved.detail) == (keyworker.pk, {"section": "reason", "answered": 2})


def test_section_may_be_left_half_done(client, case):
    made = factories.assessment(case)

    response = section(client, made, "reason", wants="Help", later="Save and come back later")

    assert response.url == url("assessment", made.pk)
    made.refresh_from_db()
    assert made.answers == {"wants": "Help"}


def test_section_after_the_last_is_the_whole(client, case):
    made = factories.assessment(case)

    assert section(client, made, "next", goal="STOP").url == url("assessment", made.pk)


def test_section_shows_what_was_answered(client, case):
    made = factories.assessment(
        case, answers={"overdose_ever": "YES", "overdose_last": "2024-03-27", "overdose_times": 2}
    )

    form = client.get(url("assessment_section", made.pk, "risk")).context["form"]

    assert form["overdose_last"].value() == DAY.replace(2024, 3, 27)
    assert 'value="27/03/2024"' in str(form["overdose_last"])
    assert (form["overdose_times"].value(), form["overdose_ever"].value()) == (2, "YES")


def test_section_keeps_substances_and_shows_them_again(client, case):
    made = factories.assessment(case)

    section(client, made, "substances", uses="YES", **{**NO_SUBSTANCES, **HEROIN})
    form = client.get(url("assessment_section", made.pk, "substances")).context["form"]

    assert SubstanceUse.objects.get().route == "INJECTED"
    assert (form["substance_1"].value(), form["age_first_used_1"].value()) == ("HEROIN", 19)
    assert ("substance_3" in form.fields, "substance_4" in form.fields) == (True, False)


def test_section_offers_one_more_row_than_are_filled(client, case):
    made = factories.assessment(case)
    for rank, drug in enumerate(["HEROIN", "CRACK", "SPICE"], start=1):
        SubstanceUse.objects.create(
            assessment=made, person=made.person, prison=made.prison, rank=rank, substance=drug,
            route="SMOKED", before_custody="DAILY", now="DAILY",
        )  # fmt: skip

    form = client.get(url("assessment_section", made.pk, "substances")).context["form"]

    assert ("substance_4" in form.fields, "substance_5" in form.fields) == (True, False)


def test_section_names_the_row_of_the_form_that_is_wrong(client, case):
    made = factories.assessment(case)
    third = {name.replace("1", "3"): value for name, value in HEROIN.items()} | {"age_first_used_3": "99"}

    response = section(client, made, "substances", uses="YES", **{**NO_SUBSTANCES, **HEROIN, **third})

    assert set(response.context["form"].errors) == {"substance_3", "age_first_used_3"}
    assert SubstanceUse.objects.count() == 0
    made.refresh_from_db()
    assert made.answers == {}


@pytest.mark.parametrize(
    ("code", "answers"),
    [
        ("reason", {"wants": "x" * 100_000}),
        ("reason", {"helped_before": "MAYBE"}),
        ("risk", {"overdose_ever": "YES", "overdose_times": "lots"}),
        ("risk", {"overdose_times": "100"}),
        ("risk", {"overdose_last": "31/2/2026"}),
    ],
)
def test_section_refuses_beside_the_field_and_keeps_what_was_typed(client, case, code, answers):
    made = factories.assessment(case)

    response = section(client, made, code, **answers)

    form = response.context["form"]
    assert list(form.errors) == [list(answers)[-1]]
    assert form[list(answers)[-1]].value() == list(answers.values())[-1]
    made.refresh_from_db()
    assert made.answers == {}


def test_section_tells_who_comes_second(client, case):
    made = factories.assessment(case)
    section(client, made, "reason", wants="First")

    response = section(client, made, "reason", wants="Second")

    form = response.context["form"]
    assert "Somebody else changed this while you had it open" in response.content.decode()
    assert (form["wants"].value(), form.theirs) == ("Second", {"wants": "First"})
    made.refresh_from_db()
    assert made.answers == {"wants": "First"}


def test_section_hides_what_depends_on_an_answer_of_the_same_page_by_script_only(client, case):
    made = factories.assessment(case)

    text = page(client, "assessment_section", made.pk, "risk")

    assert 'data-shown-if="overdose_ever" data-shown-values="YES"' in text
    assert "js/shown_if.js" in text


def test_section_of_a_completed_one_leads_to_it(client, case):
    made = factories.assessment(case, done_on=DAY)

    assert client.get(url("assessment_section", made.pk, "reason")).url == url("assessment", made.pk)
    response = section(client, made, "reason", wants="Late")
    assert "This assessment is completed and stays as it is." in response.content.decode()


def test_section_that_does_not_exist_is_not_found(client, case):
    assert client.get(url("assessment_section", factories.assessment(case).pk, "tea")).status_code == 404


# The whole


def test_show_says_what_is_still_to_be_answered(client, case):
    made = factories.assessment(case, answers={"wants": "<b>Help</b>"})

    text = page(client, "assessment", made.pk)

    assert "1 to be answered" in text
    assert "&lt;b&gt;Help&lt;/b&gt;" in text
    assert "Complete the assessment" in text
    assert opened("assessment") == 1


def test_show_refuses_to_complete_what_is_not_answered(client, case):
    made = factories.assessment(case)

    response = client.post(url("assessment", made.pk), {"done_on": "14/10/2026", "version": 1})

    assert "have to be answered first" in response.content.decode()
    made.refresh_from_db()
    assert made.completed_at is None


@pytest.fixture
def answered(case, monkeypatch):
    monkeypatch.setattr("casework.formats.questions.QuestionSet.missing", lambda self, answers: [])
    return factories.assessment(case)


def test_show_completes_once(client, keyworker, answered):
    responses = [client.post(url("assessment", answered.pk), {"done_on": "13/10/2026", "version": 1}) for _ in range(2)]

    assert [response.url for response in responses] == [url("assessment", answered.pk)] * 2
    answered.refresh_from_db()
    assert (answered.done_on, answered.completed_by) == (DAY - timedelta(days=1), keyworker)
    assert AuditEntry.objects.filter(action="assessment.completed").count() == 1
    assert "Complete the assessment" not in page(client, "assessment", answered.pk)


def test_show_says_beside_the_day_what_is_wrong_with_it(client, answered):
    response = client.post(url("assessment", answered.pk), {"done_on": "3/10/2026", "version": 1})

    words = "The case was opened on 4 October 2026. Assessments come after."
    assert response.context["form"].errors == {"done_on": [words]}


def test_show_shows_an_old_version_in_its_own_words(client, case):
    old = factories.assessment(case, "COMPREHENSIVE", version=1, done_on=DAY, answers={"housing": "UNSURE"})

    text = page(client, "assessment", old.pk)

    assert "Is there somewhere to live on release?" in text
    assert "Not sure" in text
    assert "comprehensive-1" in text


def test_show_lists_the_substances(client, case):
    made = factories.assessment(case, answers={"uses": "YES"})
    section(client, made, "substances", uses="YES", **{**NO_SUBSTANCES, **HEROIN})

    text = page(client, "assessment", made.pk)

    assert "1. Heroin" in text
    assert "Injected" in text
    assert "Every day" in text


# Correcting


def test_correct_begins_a_copy_once(client, case):
    old = factories.assessment(case, done_on=DAY, answers={"wants": "Help"})
    address = url("correct_assessment", old.pk)

    assert "Correct the triage assessment of 14 October 2026?" in client.get(address).content.decode()
    responses = [client.post(address, {"nonce": NONCE}) for _ in range(2)]

    new = Assessment.objects.get(supersedes=old)
    assert [response.url for response in responses] == [url("assessment", new.pk)] * 2
    assert new.answers == {"wants": "Help"}
    assert "A correction was begun" in page(client, "assessment", old.pk)
    assert "until then that one counts" in page(client, "assessment", new.pk)


def test_correct_says_when_it_cannot_be(client, case):
    made = factories.assessment(case)

    response = client.post(url("correct_assessment", made.pk), {"nonce": NONCE})

    assert "so it can simply be changed" in response.content.decode()


# Who


def addresses(case, assessment):
    return [
        url("assessments", case.person_id),
        url("assessment_history", case.person_id),
        url("begin_assessment", case.person_id, "triage"),
        url("assessment", assessment.pk),
        url("assessment_section", assessment.pk, "reason"),
        url("correct_assessment", assessment.pk),
    ]


@pytest.mark.parametrize("place", range(6))
def test_assessments_are_for_caseworkers_of_the_prison(client, keyworker, place):
    there = factories.case(spell=factories.spell(prison=factories.prison("ACI", "Altcourse")))
    address = addresses(there, factories.assessment(there))[place]

    assert client.get(address).status_code == 404
    assert client.post(address, {"nonce": NONCE, "version": 1, "wants": "x"}).status_code == 404
    for role in (Role.PARTNER, Role.AUDITOR, Role.ADMINISTRATOR):
        client.force_login(factories.user(role))
        assert client.get(address).status_code == 403
