import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, Case, Strand, Suspension
from casework.queries import caseload
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
CASELOAD = reverse("casework:caseload")


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


@pytest.fixture
def keyworker(client):
    user = factories.user()
    client.force_login(user)
    return user


@pytest.fixture
def manager(client):
    user = factories.user(Role.MANAGER)
    client.force_login(user)
    return user


def url(name, of):
    return reverse(f"casework:{name}", args=[of.pk])


def operations():
    return list(AuditEntry.objects.filter(kind="OPERATION").order_by("pk").values_list("action", "by_id"))


# Opening


def open_case(client, person, **answers):
    nonce = "11111111-1111-4111-8111-111111111111"
    return client.post(
        url("open_case", person), {"opened_on": "14/10/2026", "nonce": nonce, "worker": "NOBODY", **answers}
    )


def test_open_opens_a_case_that_the_keyworker_holds_himself(client, keyworker):
    person = factories.spell().person

    responses = [open_case(client, person, worker=keyworker.pk) for _ in range(2)]

    case = Case.objects.get()
    assert [response.url for response in responses] == [url("details", person)] * 2
    assert (case.person, case.allocations.get().worker) == (person, keyworker)
    assert operations() == [(did, keyworker.pk) for did in ["case.opened", "case.allocated", "release_plan.begun"]]


def test_open_offers_a_keyworker_nobody_but_himself(client, keyworker):
    person = factories.spell().person

    response = open_case(client, person, worker=factories.user().pk)

    assert list(response.context["form"].errors) == ["worker"]
    assert Case.objects.count() == 0


def test_open_lets_a_manager_choose_the_worker(client, manager):
    person, worker = factories.spell().person, factories.user()

    open_case(client, person, worker=worker.pk)

    assert Case.objects.get().allocations.get().worker == worker


def test_open_asks_why_it_is_not_who_is_suggested(client, keyworker):
    person, free = factories.spell().person, factories.user(full_name="Kay Walker")
    factories.case(worker=keyworker)
    keyworker.capacity = 2
    keyworker.save()

    page = client.get(url("open_case", person)).content.decode()
    response = open_case(client, person, worker=keyworker.pk, suggested=free.pk, reason="")

    assert "Suggested: <strong>Kay Walker</strong> (0 of 25 cases)." in page
    words = f"Kay Walker is suggested. Say why it shall be {keyworker}."
    assert response.context["form"].errors == {"reason": [words]}
    assert Case.objects.count() == 1


def test_open_leaves_the_case_unallocated_when_nobody_is_named(client, keyworker):
    open_case(client, factories.spell().person)

    assert Case.objects.get().allocations.count() == 0


@pytest.mark.parametrize(
    ("answers", "field", "words"),
    [
        ({"opened_on": "15/10/2026"}, "opened_on", "A case cannot open in the future."),
        (
            {"opened_on": "1/9/2026"},
            "opened_on",
            "A case opens on or after the day the person was received, 14 September 2026.",
        ),
    ],
)
def test_open_refuses_beside_the_field(client, keyworker, answers, field, words):
    response = open_case(client, factories.spell().person, **answers)

    assert response.context["form"].errors == {field: [words]}
    assert words in response.content.decode()
    assert Case.objects.count() == 0


def test_open_refuses_a_second_case(client, keyworker):
    person = factories.case().person

    response = open_case(client, person)

    assert response.context["form"].non_field_errors() == ["This person already has an open case."]
    assert Case.objects.count() == 1


def test_open_turns_back_for_somebody_who_is_not_here(client, keyworker):
    person = factories.person()

    response = client.get(url("open_case", person), follow=True)

    assert "This person is not in the prison now" in response.content.decode()


# Closing


def test_close_closes_the_case_once(client, keyworker):
    case = factories.case(worker=keyworker)
    answers = {"reason": "RELEASED_COURT", "closed_on": "14/10/2026"}

    responses = [client.post(url("close_case", case), answers) for _ in range(2)]

    case.refresh_from_db()
    assert [response.url for response in responses] == [url("case", case)] * 2
    assert (case.closed_on, case.close_reason, case.closed_by) == (DAY, "RELEASED_COURT", keyworker)
    assert operations() == [("case.closed", keyworker.pk)]
    page = client.get(url("details", case.person)).content.decode()
    assert "Left: released from court" in page


def test_close_refuses_beside_the_field(client, keyworker):
    case = factories.case()

    response = client.post(url("close_case", case), {"closed_on": "13/10/2026", "reason": ""})
    again = client.post(url("close_case", case), {"closed_on": "13/10/2026", "reason": "COMPLETED"})

    assert response.context["form"].errors == {"reason": ["Choose why the case closes"]}
    words = "A case closes on or after the day it was opened, 14 October 2026."
    assert again.context["form"].errors == {"closed_on": [words]}
    assert Case.objects.open().count() == 1


def test_close_proposes_the_reason_that_fits_how_the_person_left(client, keyworker):
    case = factories.case(spell=factories.spell(ended_at=factories.at(), end="TRANSFERRED"))

    assert client.get(url("close_case", case)).context["form"]["reason"].value() == "TRANSFERRED"


# Suspending, resuming, closing


NONCE = "22222222-2222-4222-8222-222222222222"


def test_suspend_and_resume(client, keyworker):
    case = factories.case(worker=keyworker)
    asked = {"reason": "COURT", "from_on": "14/10/2026", "note": "Trial", "nonce": NONCE}

    responses = [client.post(url("suspend", case), asked) for _ in range(2)]
    row = Suspension.objects.get()
    assert "Suspended, at court since 14 October 2026: Trial" in client.get(url("case", case)).content.decode()
    responses += [client.post(url("resume", row), {"until_on": "14/10/2026"}) for _ in range(2)]

    row.refresh_from_db()
    assert [response.url for response in responses] == [url("case", case)] * 4
    assert (row.reason, row.until_on, row.made_by, row.ended_by) == ("COURT", DAY, keyworker, keyworker)
    assert operations() == [("case.suspended", keyworker.pk), ("case.resumed", keyworker.pk)]


@pytest.mark.parametrize(
    ("answers", "field", "words"),
    [
        ({"from_on": "15/10/2026"}, "from_on", "This day is still to come. Enter today or an earlier day."),
        ({"reason": ""}, "reason", "Choose why the work rests"),
        ({"reason": "OTHER", "note": ""}, "note", "Say what the other reason is"),
        ({"note": "x" * 100_000}, "note", "Shorten this to 200 characters. It has 100000."),
    ],
)
def test_suspend_refuses_beside_the_field(client, keyworker, answers, field, words):
    case = factories.case()
    asked = {"reason": "COURT", "from_on": "14/10/2026", "note": "", "nonce": NONCE, **answers}

    response = client.post(url("suspend", case), asked)

    assert response.context["form"].errors == {field: [words]}
    assert words in response.content.decode()
    assert Suspension.objects.count() == 0


def test_resume_refuses_beside_the_field(client, keyworker):
    row = factories.suspension()

    response = client.post(url("resume", row), {"until_on": "13/10/2026"})

    assert list(response.context["form"].errors) == ["until_on"]
    assert client.get(url("resume", row)).status_code == 200


def test_begin_closing_and_keep_open(client, keyworker):
    case = factories.case(worker=keyworker)
    asked = {"closing_from": "14/10/2026", "closing_why": "The plan is done"}

    responses = [client.post(url("begin_closing", case), asked) for _ in range(2)]
    case.refresh_from_db()
    assert (case.closing_from, case.closing_why, case.closing_by) == (DAY, "The plan is done", keyworker)
    assert "14 October 2026, Worker" in client.get(url("case", case)).content.decode()
    responses.append(client.post(url("keep_open", case)))

    case.refresh_from_db()
    assert [response.url for response in responses] == [url("case", case)] * 3
    assert case.closing_from is None
    assert operations() == [("case.closing_begun", keyworker.pk), ("case.kept_open", keyworker.pk)]


def test_begin_closing_refuses_beside_the_field(client, keyworker):
    response = client.post(
        url("begin_closing", factories.case()), {"closing_from": "15/10/2026", "closing_why": "Done"}
    )

    assert list(response.context["form"].errors) == ["closing_from"]
    assert operations() == []


def test_keep_open_says_when_the_case_was_closed_meanwhile(client, keyworker):
    case = factories.case(closed_on=DAY, close_reason="DIED", closed_by=keyworker)

    response = client.post(url("keep_open", case), follow=True)

    assert "was closed on 14 October 2026 and stays as it is" in response.content.decode()


# The page of a case


def test_case_shows_a_closed_case_and_offers_nothing(client, manager):
    spell = factories.spell()
    former = factories.case(spell=spell, worker=manager, closed_on=DAY, close_reason="WITHDREW", closed_by=manager)
    factories.strand(former, ended_on=DAY)
    case = factories.case(spell=spell, previous=former)

    page = client.get(url("case", former)).content.decode()
    assert "This case is closed and can be read." in page
    for word in [
        "Suspend",
        "Begin closing",
        "Close the case",
        "Allocate the case",
        "Start a strand",
        "Add a co-worker",
    ]:
        assert word not in page
    assert url("case", former) in client.get(url("case", case)).content.decode()
    assert url("case", former) in client.get(url("details", case.person)).content.decode()


def test_every_page_of_the_person_says_how_the_case_stands(client, manager):
    case = factories.case(worker=factories.user(full_name="Kay Walker"))
    factories.suspension(case, reason="COURT")
    for kind in ["PSYCHOSOCIAL", "DETOX"]:
        factories.strand(case, kind=kind)
    factories.strand(case, kind="MAINTENANCE", ended_on=DAY)

    page = client.get(url("details", case.person)).content.decode()

    head = page.split('class="ww-person__facts"')[1].split("</dl>")[0]
    assert f'<a class="govuk-link" href="{url("case", case)}">Suspended, at court</a>' in head
    assert "<dd>Kay Walker</dd>" in head
    assert "<dd>Psychosocial, Detox</dd>" in head


def test_case_offers_a_manager_what_can_be_done(client, manager):
    case = factories.case()

    page = client.get(url("case", case)).content.decode()

    for name in ["suspend", "begin_closing", "close_case", "allocate", "add_co_worker", "start_strand"]:
        assert f'href="{url(name, case)}"' in page


@pytest.mark.parametrize("many", [1, 3])
def test_case_asks_the_same_number_of_queries(client, keyworker, django_assert_num_queries, many):
    case = factories.case(worker=keyworker)
    for _ in range(many):
        factories.joint_review(factories.strand(case, ended_on=DAY))
        factories.suspension(case, until_on=DAY)

    with django_assert_num_queries(31):
        client.get(url("case", case))


# Strands


def strand(client, case, **answers):
    asked = {"kind": "DETOX", "started_on": "14/10/2026", "said_by": "Nurse A", "said_on": "14/10/2026", "nonce": NONCE}
    return client.post(url("start_strand", case), {**asked, **answers})


def test_strand_is_started_reviewed_and_ended(client, keyworker):
    case = factories.case(worker=keyworker)

    responses = [strand(client, case) for _ in range(2)]
    row = Strand.objects.get()
    review = {"done_on": "14/10/2026", "clinician": "Nurse A", "summary": "Stable", "nonce": NONCE}
    responses += [client.post(url("review_strand", row), review) for _ in range(2)]
    assert "next by" in client.get(url("case", case)).content.decode()
    over = {"ended_on": "14/10/2026", "end_said_by": "Nurse A", "end_why": ""}
    responses += [client.post(url("end_strand", row), over) for _ in range(2)]

    row.refresh_from_db()
    assert [response.url for response in responses] == [url("case", case)] * 6
    assert (row.kind, row.said_by, row.end_said_by, row.reviews.count()) == ("DETOX", "Nurse A", "Nurse A", 1)
    assert [action for action, _ in operations()] == ["strand.started", "strand.reviewed", "strand.ended"]


def test_strand_offers_what_is_not_open_and_says_whose_word_counts(client, keyworker):
    case = factories.strand().case

    page = client.get(url("start_strand", case))

    assert [value for value, _ in page.context["form"].fields["kind"].choices] == [
        "PSYCHOSOCIAL",
        "DETOX",
        "MAINTENANCE",
    ]
    assert "Enter as clinical only what the clinical team told you" in page.content.decode()


@pytest.mark.parametrize(
    ("answers", "field", "words"),
    [
        ({"said_by": ""}, "said_by", "Say who in the clinical team said so"),
        ({"said_on": ""}, "said_on", "Say on which day they said so"),
        ({"kind": ""}, "kind", "Choose the strand"),
        ({"started_on": "15/10/2026"}, "started_on", "This day is still to come. Enter today or an earlier day."),
    ],
)
def test_strand_refuses_beside_the_field(client, keyworker, answers, field, words):
    response = strand(client, factories.case(), **answers)

    assert response.context["form"].errors == {field: [words]}
    assert Strand.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "answers", "field"),
    [
        ("end_strand", {"ended_on": "13/10/2026", "end_said_by": "Nurse A"}, "ended_on"),
        ("end_strand", {"ended_on": "14/10/2026", "end_said_by": ""}, "end_said_by"),
        ("review_strand", {"done_on": "13/10/2026", "clinician": "Nurse A", "nonce": NONCE}, "done_on"),
        ("review_strand", {"done_on": "14/10/2026", "clinician": "", "nonce": NONCE}, "clinician"),
    ],
)
def test_strand_is_ended_and_reviewed_in_order(client, keyworker, name, answers, field):
    row = factories.strand()

    assert list(client.post(url(name, row), answers).context["form"].errors) == [field]
    assert operations() == []


# Whose


@pytest.mark.parametrize("name", ["resume", "end_strand", "review_strand", "end_co_worker"])
def test_parts_of_cases_of_another_prison_are_not_found_and_not_for_others(client, keyworker, name):
    made = {"resume": factories.suspension, "end_co_worker": factories.co_worker}.get(name, factories.strand)
    altcourse = factories.prison("ACI", "Altcourse")
    here, there = made(factories.case()), made(factories.case(spell=factories.spell(prison=altcourse)))

    assert client.post(url(name, there)).status_code == 404
    client.force_login(factories.user(Role.AUDITOR))
    assert client.post(url(name, here)).status_code == 403


ASKING = ["case", "open_case", "suspend", "begin_closing", "close_case", "allocate", "add_co_worker", "start_strand"]


@pytest.mark.parametrize("name", ASKING)
def test_cases_of_another_prison_are_not_found(client, manager, name):
    altcourse = factories.prison("ACI", "Altcourse")
    case = factories.case(spell=factories.spell(prison=altcourse))

    assert client.get(url(name, case.person if name == "open_case" else case)).status_code == 404


@pytest.mark.parametrize("name", ASKING)
def test_cases_are_for_caseworkers_and_show_their_page(client, manager, name):
    case = factories.case()
    address = url(name, case.person if name == "open_case" else case)

    assert client.get(address).status_code == 200
    assert AuditEntry.objects.filter(action="person.opened", person_id=case.person_id).count() == 1
    client.force_login(factories.user(Role.ADMINISTRATOR))
    assert client.get(address).status_code == 403


# The caseload


def shown(client, address=""):
    return [case.pk for case in client.get(CASELOAD + address).context["page"].rows]


def test_caseload_shows_a_keyworker_his_own_first(client, keyworker):
    own, other = factories.case(worker=keyworker), factories.case(worker=factories.user())

    assert shown(client) == [own.pk]
    assert shown(client, f"?worker={keyworker.pk}") == [own.pk]
    assert shown(client, "?worker=all") == [own.pk, other.pk]
    assert shown(client, f"?worker={other.allocations.get().worker_id}") == [other.pk]
    assert shown(client, "?worker=nonsense&wing=nonsense&sort=nonsense&after=nonsense") == [own.pk, other.pk]
    entry = AuditEntry.objects.filter(action="caseload.listed").earliest("pk")
    assert (entry.by_id, entry.detail) == (keyworker.pk, {"people": [own.person_id]})


def test_caseload_of_one_worker_has_those_he_shares(client, manager):
    ann, bob = factories.user(full_name="Ann Holds"), factories.user(full_name="Bob Helps")
    held, both, other = factories.case(worker=bob), factories.case(worker=ann), factories.case(worker=ann)
    factories.co_worker(both, worker=bob)
    factories.end(factories.co_worker(other, worker=bob), until_at=factories.at())

    response = client.get(f"{CASELOAD}?worker={bob.pk}")

    page = response.context["page"]
    assert [(row.pk, row.is_shared) for row in page.rows] == [(held.pk, False), (both.pk, True)]
    assert (page.total, page.shared) == (2, 1)
    assert "2 open cases, 1 of them as co-worker." in response.content.decode()
    assert response.content.decode().count(">Co-worker<") == 1
    assert [row.is_shared for row in client.get(f"{CASELOAD}?worker={ann.pk}").context["page"].rows] == [False] * 2
    assert ">Co-worker<" not in client.get(CASELOAD).content.decode()


def test_caseload_shows_a_manager_everybody(client, manager):
    cases = [factories.case(worker=factories.user()).pk, factories.case().pk]

    assert shown(client) == cases
    assert shown(client, "?worker=none") == cases[1:]


def test_caseload_keeps_the_question_when_the_page_turns(client, manager, monkeypatch):
    monkeypatch.setattr(caseload, "PAGE", 2)
    wing = factories.wing()
    for _ in range(3):
        case = factories.case()
        case.spell.locations.update(wing=wing)

    page = client.get(f"{CASELOAD}?worker=none&wing={wing.pk}&sort=-opened").context

    last = page["page"].rows[-1].pk
    assert page["next"] == f"?worker=none&wing={wing.pk}&sort=-opened&after={last}"
    assert [header.get("sorted") for header in page["headers"]] == [*[None] * 6, "descending", None]
    assert page["headers"][6]["url"] == f"?worker=none&wing={wing.pk}&sort=opened"
    assert len(shown(client, page["next"])) == 1


@pytest.mark.parametrize("whose", ["all", "his"])
@pytest.mark.parametrize("many", [1, 3, 400])
def test_caseload_asks_the_same_number_of_queries(client, manager, django_assert_num_queries, many, whose):
    worker = factories.user()
    for _ in range(many):
        factories.case(worker=worker)
    factories.co_worker(worker=worker)

    with django_assert_num_queries(21):
        client.get(f"{CASELOAD}?worker={worker.pk if whose == 'his' else whose}")


def test_caseload_filters_by_stage_and_strand(client, manager):
    suspended, clinical = factories.suspension().case, factories.strand().case

    assert shown(client, "?stage=SUSPENDED") == [suspended.pk]
    assert shown(client, "?strand=CLINICAL") == [clinical.pk]
    assert shown(client, "?stage=nonsense&strand=nonsense") == [suspended.pk, clinical.pk]
    page = client.get(CASELOAD).content.decode()
    assert "Suspended, in segregation" in page
    assert "Stabilisation" in page


def test_caseload_leads_a_manager_to_the_cases_of_who_is_away(client, manager):
    ill = factories.user(full_name="Kay Walker")
    factories.case(worker=ill)
    ill.absences.create(prison=ill.prison, from_on=DAY, until_on=DAY)
    words = "Kay Walker is away until 14 October 2026 and holds 1 open case."

    page = client.get(f"{CASELOAD}?worker={ill.pk}").content.decode()
    assert words in page
    assert page.count(f'href="{url("reallocate", ill)}"') == 2

    client.force_login(factories.user())
    page = client.get(f"{CASELOAD}?worker={ill.pk}").content.decode()
    assert words not in page
    assert "reallocate" not in page


def test_caseload_is_of_the_own_prison_and_for_caseworkers(client, manager):
    factories.case(spell=factories.spell(prison=factories.prison("ACI", "Altcourse")))

    assert shown(client) == []
    client.force_login(factories.user(Role.AUDITOR))
    assert client.get(CASELOAD).status_code == 403
