import uuid
from datetime import date, timedelta

import pytest
from django.db import connection
from django.urls import reverse

from casework.models import AuditEntry
from interventions.models import FeedbackSheet
from interventions.operations import feedback as operations
from interventions.queries import feedback as queries
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(client):
    made = factories.user()
    client.force_login(made)
    return made


@pytest.fixture
def session(worker):
    """A group of this morning to which six people came."""
    made = factories.group_session(worker=worker)
    for surname in ["Adams", "Brown", "Clark", "Davis", "Evans", "Ford"]:
        came(made, surname)
    return made


def came(session, surname):
    stay = factories.spell(factories.person(surname))
    contact = factories.contact(factories.case(spell=stay), type=factories.ContactType.objects.get(code="GROUP"))
    return factories.seat(session, stay.person, contact=contact)


def send(client, session, *sheets, **given):
    sent = {"nonce": uuid.uuid4()}
    for row, sheet in enumerate(sheets, 1):
        sent |= {f"{name}_{row}": value for name, value in sheet.items()}
    return client.post(reverse("interventions:enter_feedback", args=[session.pk]), {**sent, **given})


def errors(response):
    return response.context["form"].errors


def test_pile_is_typed_in_once_in_no_order_and_the_trail_knows_only_the_batch(client, worker, session):
    nonce = uuid.uuid4()
    sheets = [{"useful": 5, "understood": 4, "respected": 5}, {"words": "Good.", "quotable": "on"}, {"useful": "3"}]

    for _ in range(2):
        send(client, session, *sheets, nonce=nonce)

    found = FeedbackSheet.objects.values_list("useful", "understood", "respected", "words", "quotable")
    assert sorted(found, key=str) == sorted(
        [(5, 4, 5, "", False), (None, None, None, "Good.", True), (3, None, None, "", False)], key=str
    )
    assert set(FeedbackSheet.objects.values_list("session", "month")) == {(session.pk, date(2026, 10, 1))}
    entry = AuditEntry.objects.get(action="feedback.entered")
    assert (entry.by_id, entry.target_key, entry.person_id, entry.detail) == (
        worker.pk,
        str(session.pk),
        None,
        {"sheets": 3, "month": "2026-10-01"},
    )


def test_sheets_lead_to_nobody():
    """No column of the table names a person, a moment or whoever typed it in: what was chosen is of the report, not of the sheet."""
    with connection.cursor() as cursor:
        columns = {
            c.name for c in connection.introspection.get_table_description(cursor, "interventions_feedbacksheet")
        }

    assert columns == {
        "id", "prison_id", "session_id", "month", "useful", "understood", "respected", "words", "quotable",
        "nonce", "chosen_at", "chosen_by_id",
    }  # fmt: skip


def test_order_of_the_pile_is_lost(session, worker):
    sheets = [{"useful": 1 + number % 5, "words": str(number)} for number in range(6)]
    factories.end(session, head_count=200)

    piles = []
    for _ in range(6):
        known = set(FeedbackSheet.objects.values_list("pk", flat=True))
        operations.enter(session=session, sheets=sheets, by=worker)
        rows = FeedbackSheet.objects.exclude(pk__in=known).order_by("pk")
        piles.append(tuple(rows.values_list("words", flat=True)))

    assert len(set(piles)) > 1


def test_wrong_numbers_and_words_are_refused_beside_the_field(client, session):
    refused = send(
        client, session, {"useful": 6}, {"understood": "x"}, {"words": "Ask A1234BC"}, {"words": "x" * 100_000}
    )

    assert errors(refused) == {
        "useful_1": ["Enter a number from 1 to 5."],
        "understood_2": ["Enter a number from 1 to 5."],
        "words_3": ["There is a prison number in this. Leave it out: sheets name nobody."],
        "words_4": ["Shorten this to 2000 characters. It has 100000."],
    }
    assert errors(send(client, session)) == {"__all__": ["Fill in at least one sheet."]}
    assert FeedbackSheet.objects.count() == 0


def test_more_sheets_than_people_are_refused(client, session):
    send(client, session, *[{"useful": 5}] * 4)

    refused = send(client, session, *[{"useful": 5}] * 3)

    assert errors(refused) == {
        "__all__": ["6 came, and these are 4 typed in already and 3 sheets. Was the pile typed in twice?"]
    }


def test_sheets_before_the_session_are_refused(client, worker):
    refused = send(client, factories.group_session(hour=15), {"useful": 5})

    assert errors(refused) == {"__all__": ["This session has not begun, so no sheet can have come back."]}


def test_results_by_session_and_month(client, session):
    factories.feedback_sheet(session, useful=4, understood=None, respected=5)
    factories.feedback_sheet(session, useful=5, understood=3, respected=None)
    drop_in = factories.group_session(factories.DAY - timedelta(days=5), kind="DROP_IN", head_count=20, name="Drop-in")
    factories.feedback_sheet(drop_in, useful=1, understood=1, respected=1)
    before = factories.group_session(factories.DAY - timedelta(days=40))
    factories.feedback_sheet(before)

    page = client.get(reverse("interventions:feedback_months"))
    one = client.get(reverse("interventions:feedback", args=[session.pk]))

    assert one.context["result"] == queries.Result(2, 6, [4.5, 3.0, 5.0])
    assert one.context["result"].share == 33
    assert [(row.name, row.result) for row in page.context["sessions"]] == [
        ("Triggers and cravings", queries.Result(2, 6, [4.5, 3.0, 5.0])),
        ("Drop-in", queries.Result(1, 20, [1.0, 1.0, 1.0])),
    ]
    assert page.context["result"] == queries.Result(3, 26, [3.3, 2.0, 3.0])
    assert page.context["months"] == [date(2026, 10, 1), date(2026, 9, 1)]
    assert [page.context["result"].apart, list(page.context["sheets"])] == [0, []]
    older = client.get(reverse("interventions:feedback_months"), {"month": "2026-09"})
    assert [row.pk for row in older.context["sessions"]] == [before.pk]
    assert older.context["result"].attended is None


@pytest.mark.parametrize("month", ["", "x", "2026-13", "0000-01", "9999-99", "1" * 50])
def test_garbage_in_the_address_is_the_newest_month(client, session, month):
    factories.feedback_sheet(session)

    page = client.get(reverse("interventions:feedback_months"), {"month": month})

    assert page.status_code == 200


def choose(client, sheet, chosen="yes"):
    return client.post(reverse("interventions:choose_quote", args=[sheet.pk]), {"chosen": chosen}, follow=True)


def test_words_are_chosen_for_reports_and_taken_out_again(client, worker, session):
    sheet = factories.feedback_sheet(session, words="It helped me.", quotable=True)
    for _ in range(4):
        factories.feedback_sheet(session)

    for _ in range(2):
        choose(client, sheet)
    assert client.get(reverse("interventions:feedback_months")).context["quotes"] == [
        ("It helped me.", "Triggers and cravings")
    ]
    choose(client, sheet, "no")

    assert client.get(reverse("interventions:feedback_months")).context["quotes"] == []
    assert AuditEntry.objects.filter(action__startswith="feedback.quote").count() == 2


@pytest.fixture
def small(worker):
    """A drop-in of this morning to which one came."""
    made = factories.group_session(worker=worker, kind="DROP_IN", name="Quiet drop-in", hour=7, head_count=1)
    came(made, "Alone")
    return made


def test_sheets_of_a_few_people_are_kept_with_the_month_and_nothing_ties_them_to_the_session(client, worker, small):
    told = client.get(reverse("interventions:enter_feedback", args=[small.pk])).text

    send(client, small, {"useful": 2, "words": "Only I was there.", "quotable": "on"})

    sheet = FeedbackSheet.objects.get()
    assert (sheet.session, sheet.month) == (None, date(2026, 10, 1))
    entry = AuditEntry.objects.get(action="feedback.entered")
    assert (entry.target_key, entry.detail) == ("", {"sheets": 1, "month": "2026-10-01"})
    assert "1 came. So few could be told apart" in told
    assert "Only I was there." not in client.get(reverse("interventions:feedback", args=[small.pk])).text
    assert "shown with its month" in client.get(reverse("interventions:feedback", args=[small.pk])).text


def test_sheets_typed_in_before_it_was_known_that_few_came_are_not_shown_with_the_session(client, worker, small):
    sheet = factories.feedback_sheet(small, useful=1, words="Only I was there.", quotable=True)

    page = client.get(reverse("interventions:feedback", args=[small.pk]))
    month = client.get(reverse("interventions:feedback_months"))
    chosen = choose(client, sheet)

    assert "Only I was there." not in page.text
    assert page.context["result"].means == [None, None, None]
    assert [row.result.means for row in month.context["sessions"]] == [[None, None, None]]
    assert list(month.context["sheets"]) == [sheet]
    assert chosen.redirect_chain[-1][0] == reverse("interventions:feedback_months") + "?month=2026-10"
    assert chosen.context["quotes"] == [("Only I was there.", "")]


def send_month(client, *sheets, month="2026-09-01", **given):
    sent = {"nonce": uuid.uuid4(), "month": month}
    for row, sheet in enumerate(sheets, 1):
        sent |= {f"{name}_{row}": value for name, value in sheet.items()}
    return client.post(reverse("interventions:enter_feedback"), {**sent, **given})


def test_sheets_of_no_session_are_typed_in_for_a_month_once(client, worker):
    nonce = uuid.uuid4()

    for _ in range(2):
        response = send_month(client, {"useful": 5}, {"words": "Good.", "quotable": "on"}, nonce=nonce)

    page = client.get(response.url)
    assert set(FeedbackSheet.objects.values_list("session", "month")) == {(None, date(2026, 9, 1))}
    assert page.context["result"] == queries.Result(2, None, [5.0, None, None], 2)
    assert "2 came back, 2 of them tied to no session" in page.text
    assert [sheet.words for sheet in page.context["sheets"]] == ["", "Good."]
    choose(client, FeedbackSheet.objects.get(words="Good."))
    assert client.get(response.url).context["quotes"] == [("Good.", "")]


def test_share_is_of_the_sheets_that_are_tied_to_a_session(client, session):
    kept = factories.feedback_sheet(session)
    for _ in range(3):
        factories.feedback_sheet(session)
    FeedbackSheet.objects.exclude(pk=kept.pk).update(session=None)

    result = client.get(reverse("interventions:feedback_months")).context["result"]

    assert (result.returned, result.apart, result.attended, result.share) == (4, 3, 6, 17)


@pytest.mark.parametrize("month", ["", "x", "2026-11-01", "2024-01-01"])
def test_month_that_is_not_offered_is_refused(client, worker, month):
    refused = send_month(client, {"useful": 5}, month=month)

    assert list(errors(refused)) == ["month"]
    assert FeedbackSheet.objects.count() == 0


def test_words_of_no_session_that_name_somebody_of_that_month_are_refused(client, session):
    sheet = factories.feedback_sheet(session, words="Thanks to Brown", quotable=True)
    FeedbackSheet.objects.update(session=None)

    assert "These words name somebody" in choose(client, sheet).text
    FeedbackSheet.objects.update(month=date(2025, 12, 1))
    assert "These words name somebody" not in choose(client, sheet).text


def test_words_from_a_small_session_stand_without_its_name(client, session):
    choose(client, factories.feedback_sheet(session, words="It helped me.", quotable=True))

    assert client.get(reverse("interventions:feedback_months")).context["quotes"] == [("It helped me.", "")]


@pytest.mark.parametrize(
    ("words", "quotable", "said"),
    [
        ("It helped.", False, "Whoever wrote this did not say that it may be used."),
        ("", True, "Whoever wrote this did not say that it may be used."),
        ("Thanks to Brown next door", True, "These words name somebody, so they cannot stand in a report."),
        ("Ask A1234BC", True, "These words name somebody, so they cannot stand in a report."),
    ],
)
def test_words_that_may_not_stand_in_a_report_are_refused(client, session, words, quotable, said):
    sheet = factories.feedback_sheet(session, words=words, quotable=quotable)

    page = choose(client, sheet)

    sheet.refresh_from_db()
    assert sheet.chosen_at is None
    assert said in page.text


def test_sheet_of_another_prison_is_not_found(client, session):
    there = factories.group_session(prison=factories.prison("ACI", "Altcourse (HMP)"))

    assert choose(client, factories.feedback_sheet(there)).status_code == 404


def test_printed_sheet_is_in_easy_words_twice(client, session):
    page = client.get(reverse("interventions:feedback_sheet", args=[session.pk])).text

    assert page.count("What did you think?") == 2
    assert "Do not write your name." in page
    assert "What was it, and in which month?" in client.get(reverse("interventions:feedback_sheet")).text


def test_no_sheet_says_so(client, session):
    assert "No sheet came back yet" in client.get(reverse("interventions:feedback", args=[session.pk])).text
    assert "No sheet came back in this month" in client.get(reverse("interventions:feedback_months")).text


@pytest.mark.parametrize("count", [1, 3, 20])
def test_results_ask_the_same_number_of_queries(client, worker, count, django_assert_num_queries):
    for number in range(count):
        factories.feedback_sheet(factories.group_session(factories.DAY - timedelta(days=number % 10), hour=number))

    with django_assert_num_queries(18):
        client.get(reverse("interventions:feedback_months"))
