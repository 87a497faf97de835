from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, LegalStatus
from interventions.models import Certificate, Enrolment, GroupSession
from tests import factories
from tests.interventions import programmes

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(client):
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made


@pytest.fixture
def case(worker):
    return factories.case(worker=worker)


def url(name, *args):
    return reverse(f"interventions:{name}", args=args)


def take(client, row, step, **given):
    row.refresh_from_db()
    return client.post(url("enrolment_step", row.pk, step), {"version": row.version, **given})


def test_from_proposal_to_certificate(client, worker, case):
    programme = programmes.programme(sessions=2)
    series = programmes.series(programme)
    proposal = {"programme": programme.pk, "suits_why": "Cravings in the evening", "nonce": uuid4()}

    for _ in range(2):
        client.post(url("propose", case.person_id), proposal)
    row = Enrolment.objects.get()
    take(client, row, "accept", note="")
    take(client, row, "allocate", series=series.pk)
    take(client, row, "start")
    sessions = [programmes.session(series, number, factories.DAY - timedelta(days=number)) for number in (1, 2)]
    row.refresh_from_db()
    programmes.seat(row, sessions[0])
    refused = take(client, row, "complete", name="Zoë Ångström-O’Neill")
    programmes.seat(row, sessions[1])
    take(client, row, "complete", name="Zoë Ångström-O’Neill")
    client.get(url("enrolment", row.pk))  # says that he graduated
    page = client.get(url("certificate", row.pk)).content.decode()

    name = case.person.name
    assert refused.context["form"].errors == {
        "__all__": [f"{name} cannot graduate yet: 1 of the 2 sessions needed, 1 more to attend or catch up with."]
    }
    row.refresh_from_db()
    assert row.state == "COMPLETED"
    assert [move.after for move in row.moves.all()] == ["PROPOSED", "WAITING", "ALLOCATED", "ACTIVE", "COMPLETED"]
    assert "Zoë Ångström-O’Neill" in page
    assert case.person.number not in page
    assert name not in page
    assert Certificate.objects.get().number in page
    assert AuditEntry.objects.filter(action="certificate.opened", person_id=case.person_id).count() == 1


def test_certificate_is_made_out_to_another_name_and_keeps_its_number(client, worker, case):
    row = programmes.enrolment(case, state="COMPLETED")
    made = Certificate.objects.create(
        enrolment=row, person=row.person, prison=row.prison, name="Sam", issued_on=factories.DAY, issued_by=worker
    )

    client.post(url("rename_certificate", row.pk), {"name": "Samuel", "version": 1})
    late = client.post(url("rename_certificate", row.pk), {"name": "Sammy", "version": 1})

    number = made.number
    made.refresh_from_db()
    assert (made.name, made.number) == ("Samuel", number)
    assert late.context["form"].theirs == {"name": "Samuel"}


def test_remand_is_told_at_the_proposal_the_decision_and_the_place(client, worker, case):
    programme = programmes.programme(remand=False)
    programmes.programme("Gambling", code="GAMBLING")
    LegalStatus.objects.create(spell=case.spell, prison=case.prison, status="REMAND", from_at=factories.at())
    said = "On remand, and this programme is not for people on remand."

    page = client.get(url("propose", case.person_id), {"programme": programme.pk})
    garbage = client.get(url("propose", case.person_id), {"programme": "9" * 40})
    row = programmes.enrolment(case, programme)
    steps = {state: client.get(url("enrolment_step", row.pk, "accept")) for state in ["PROPOSED"]}
    take(client, row, "accept", note="Sentenced on Monday")
    steps["WAITING"] = client.get(url("enrolment_step", row.pk, "allocate"))

    hints = page.context["form"].fields["programme"].widget.hints
    assert hints == garbage.context["form"].fields["programme"].widget.hints
    assert hints == {str(programme.pk): f"Speaks against it: {said}"}
    assert page.context["form"].initial["programme"] == programme
    assert page.content.decode().count(said) == 1
    for answer in steps.values():
        assert [check.text for check in answer.context["against"]] == [said]


@pytest.mark.parametrize("count", [1, 3])
def test_propose_asks_the_same_number_of_queries(client, worker, case, count, django_assert_num_queries):
    for number in range(count):
        programmes.programme(f"Programme {number}", remand=False)
    client.get(url("propose", case.person_id))

    with django_assert_num_queries(27):
        client.get(url("propose", case.person_id))


def test_a_record_is_the_work_of_the_link_worker_and_of_who_runs_the_series(client, worker):
    series = programmes.series()
    row = programmes.enrolment(programme=series.programme, state="ACTIVE", series=series)
    page = url("enrolment", row.pk)

    assert client.get(page).status_code == 302  # asks why
    series.workers.create(prison=series.prison, worker=worker)
    assert client.get(page).status_code == 200
    series.workers.update(until_at=factories.at())
    assert client.get(page).status_code == 302
    type(series.programme).objects.update(link_worker=worker)
    assert client.get(page).status_code == 200


def test_a_place_says_where_the_person_is_expected_and_where_not(client, worker, case):
    series = programmes.series()
    for number, days in enumerate([1, 8, 15], start=1):
        made = programmes.session(series, number, factories.DAY + timedelta(days=days), state="PLANNED")
        GroupSession.objects.filter(pk=made.pk, number__gte=2).update(capacity=0)
    row = programmes.enrolment(case, series.programme, "WAITING")

    answer = client.post(url("enrolment_step", row.pk, "allocate"), {"series": series.pk, "version": 1}, follow=True)

    assert [str(message) for message in answer.context["messages"]] == [
        "Sam Testerton has a place. Expected at 1 session to come.",
        "Sam Testerton was left out on 22 October, 29 October. It is full.",
    ]


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"programme": ""}, {"programme": ["Choose a programme."]}),
        ({"suits_why": ""}, {"suits_why": ["Say in a few words why it would suit this person."]}),
        (
            {"suits_why": "x" * 100_000},
            {"suits_why": ["Shorten this to 500 characters. It has 100000."]},
        ),
    ],
)
def test_propose_refuses_beside_the_field(client, worker, case, given, errors):
    sent = {"programme": programmes.programme().pk, "suits_why": "Why", "nonce": uuid4(), **given}

    answer = client.post(url("propose", case.person_id), sent)

    assert answer.context["form"].errors == errors
    assert Enrolment.objects.count() == 0


def test_propose_offers_no_programme_of_another_prison(client, worker, case):
    other = programmes.programme(prison=factories.prison("ACI", "Altcourse (HMP)"))

    answer = client.post(url("propose", case.person_id), {"programme": other.pk, "suits_why": "Why", "nonce": uuid4()})

    assert list(answer.context["form"].errors) == ["programme"]


def test_step_that_is_not_open_leads_back_and_an_unknown_one_is_not_there(client, worker, case):
    row = programmes.enrolment(case)

    assert client.get(url("enrolment_step", row.pk, "complete")).url == url("enrolment", row.pk)
    assert client.get(url("enrolment_step", row.pk, "dance")).status_code == 404
    assert [name for name, _ in client.get(url("enrolment", row.pk)).context["steps"]] == ["accept", "stop"]


def test_stop_asks_for_a_reason_of_the_list(client, worker, case):
    row = programmes.enrolment(case, state="ACTIVE")

    refused = take(client, row, "stop", reason="N3")
    take(client, row, "stop", reason="5D", note="Three in a row")

    row.refresh_from_db()
    assert list(refused.context["form"].errors) == ["reason"]
    assert (row.state, row.reason) == ("NOT_COMPLETED", "5D")
    assert "Missed too many sessions" in client.get(url("enrolment", row.pk)).content.decode()


def test_a_step_sent_twice_is_taken_once_and_a_late_one_is_told(client, worker, case):
    row = programmes.enrolment(case, state="ACTIVE")
    sent = {"version": 1, "note": "At court"}

    answers = [client.post(url("enrolment_step", row.pk, "suspend"), sent) for _ in range(2)]
    late = client.post(url("enrolment_step", row.pk, "stop"), {"version": 1, "reason": "4A"})

    assert [answer.status_code for answer in answers] == [302, 302]
    assert row.moves.filter(after="SUSPENDED").count() == 1
    assert late.context["form"].errors == {
        "__all__": ["Somebody else moved this on meanwhile: it says “Suspended” now. Look at it again."]
    }


def test_show_says_what_is_missing(client, worker, case):
    programme = programmes.programme(sessions=3)
    series = programmes.series(programme)
    row = programmes.enrolment(case, programme, "ACTIVE", series=series)
    days = [factories.DAY + timedelta(days=count) for count in (-6, -3, 3, 6)]
    first, second, third, _ = (programmes.session(series, number, day) for number, day in enumerate(days, start=1))
    programmes.seat(row, third, outcome="")
    programmes.seat(row, first)
    programmes.seat(row, second, "REGIME_NOT_UNLOCKED")

    progress = client.get(url("enrolment", row.pk)).context["progress"]

    assert progress.said == "1 of the 3 sessions needed, 2 more to attend or catch up with"
    assert [line["text"] for line in progress.sessions] == [
        "Attended", "Prison: not unlocked or no escort", "To come", "Not expected",
    ]  # fmt: skip
    assert [line["session"] for line in progress.missed] == [second]


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.PARTNER])
def test_who_may_not(client, case, role):
    row = programmes.enrolment(case)
    client.force_login(factories.user(role))

    for address in [
        url("person_groups", case.person_id), url("propose", case.person_id), url("enrolment", row.pk),
        url("enrolment_step", row.pk, "accept"), url("certificate", row.pk), url("rename_certificate", row.pk),
    ]:  # fmt: skip
        assert client.get(address).status_code == 403


def test_another_prison_sees_nothing(client, case):
    row = programmes.enrolment(case)
    client.force_login(factories.user(Role.MANAGER, prison=factories.prison("ACI", "Altcourse (HMP)")))

    for address in [
        url("person_groups", case.person_id), url("propose", case.person_id), url("enrolment", row.pk),
        url("enrolment_step", row.pk, "accept"), url("certificate", row.pk),
    ]:  # fmt: skip
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_groups_of_a_person_ask_the_same_number_of_queries(client, case, count, django_assert_num_queries):
    for number in range(count):
        programmes.enrolment(case, programmes.programme(f"Programme {number}"))
    client.get(url("person_groups", case.person_id))

    with django_assert_num_queries(19):
        page = client.get(url("person_groups", case.person_id))

    assert len(page.context["rows"]) == count


@pytest.mark.parametrize("count", [1, 3])
def test_enrolment_asks_the_same_number_of_queries(client, case, worker, count, django_assert_num_queries):
    programme = programmes.programme(sessions=6)
    series = programmes.series(programme)
    row = programmes.enrolment(case, programme, "ACTIVE", series=series)
    for number in range(1, count + 1):
        session = programmes.session(series, number, factories.DAY - timedelta(days=number))
        programmes.seat(row, session)
    client.get(url("enrolment", row.pk))

    with django_assert_num_queries(22):
        client.get(url("enrolment", row.pk))


def test_place_without_any_series_says_what_to_do(client, worker):
    enrolment = programmes.enrolment(factories.case(worker=worker), state="WAITING")

    response = client.get(reverse("interventions:enrolment_step", args=[enrolment.pk, "allocate"]))

    assert "No series goes on" in response.text
    assert "Give the place</button>" not in response.text
