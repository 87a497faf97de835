import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from casework.access import Role
from casework.models import AuditEntry, Consent
from partners.models import OutwardReferral, Protocol, WingVisit, WingVisitLine
from partners.tasks import take_up_visits
from tests import factories
from tests.partners import walks
from tests.partners.pages import at, text, trail

pytestmark = pytest.mark.django_db
LIST = "/wing-visits/"
NOBODY = "Nobody here has this number"


@pytest.fixture
def wing():
    return factories.wing()


@pytest.fixture
def visitor(client):
    walks.agreement()
    holder = walks.holder(name="Val Visitor")
    client.force_login(holder.user)
    return holder


def log(wing, visitor=None):
    return f"{at('log_visit')}?wing={wing.pk}" + (f"&visitor={visitor.pk}" if visitor else "")


def answers(people=(), **given):
    usual = {"nonce": uuid.uuid4(), "on": f"{timezone.localdate():%d/%m/%Y}"}
    return {**usual, "people": ",".join(str(each.pk) for each in people), **given}


def lines():
    found = WingVisitLine.objects.order_by("pk").values_list("number", "what", "note", "planned")
    return list(found)


def test_planned_list_names_who_agreed_by_cell(client, visitor, wing):
    last = walks.on_wing(wing, "A-3-001", surname="Lastly")
    first = walks.on_wing(wing, "A-1-002", surname="Firstly")
    walks.on_wing(wing, agreed=False, surname="Silently")
    walks.on_wing(factories.wing("B"), surname="Elsewhere")
    walks.on_wing(wing, agency=factories.agency("Wirral DIP"), surname="Theirs")
    walks.on_wing(wing, purpose=Consent.Purpose.HANDOVER, surname="Handed")

    page = client.get(log(wing))

    assert [each.person for each in page.context["form"].planned] == [first.pk, last.pk]
    assert not {"Silently", "Elsewhere", "Theirs", "Handed"} & set(text(page).replace(",", "").split())
    assert trail()[-1] == ("visit.list.listed", None)
    assert AuditEntry.objects.filter(kind="READ").last().detail["people"] == sorted([first.pk, last.pk])
    sheet = text(client.get(log(wing).replace("/log/", "/sheet/")))
    assert sheet.index("Firstly") < sheet.index("Lastly")


@pytest.mark.parametrize("items", [["OUT_VISITS", "IN_VISITS"], ["IN_VISITS"]])
def test_an_empty_list_says_why(client, visitor, wing, items):
    walks.on_wing(wing, agreed="OUT_VISITS" not in items)
    Protocol.objects.update(items=items)

    pages = [text(client.get(log(wing))), text(client.get(log(wing).replace("/log/", "/sheet/")))]

    told = "OUT_VISITS" not in items
    assert ["No protocol lets anybody be named" in pages[0], "Nobody is named here" in pages[1]] == [told, told]
    assert ("Nobody on this wing agreed" in pages[0]) is not told


def test_visits_stand_in_the_order_of_their_days(client, visitor, monkeypatch):
    today = timezone.localdate()
    days = [today - timedelta(days=ago) for ago in [1, 5, 0, 5]]
    made = [walks.write(visitor, walks.row(f"A000{n}AA"), on=day) for n, day in enumerate(days, start=1)]
    ordered = [made[2], made[0], made[3], made[1]]
    monkeypatch.setattr("partners.queries.visits.ROWS", 3)

    first = client.get(LIST)
    second = client.get(LIST + first.context["older_url"])

    assert [first.context["rows"], second.context["rows"]] == [ordered[:3], ordered[3:]]
    assert client.get(LIST + "?after=999999999").context["rows"] == ordered[:3]


def test_visit_is_saved_at_once_planned_or_not(client, visitor, wing):
    people = [walks.on_wing(wing, f"A-1-00{n}") for n in range(1, 4)]
    typed = {f"what_{people[0].pk}": "ADVICE", f"note_{people[0].pk}": "Naloxone", f"what_{people[2].pk}": "NOT_SEEN"}
    given = answers(people, number_1=" z9999zz ", what_n1="TO_US", note_n1="Asked twice", **typed)

    saved = client.post(log(wing), given)
    assert client.post(log(wing), given).url == saved.url

    visit = WingVisit.objects.get()
    assert (visit.visitor, visit.wing, visit.recorded_by, visit.on) == (
        visitor,
        wing,
        visitor.user,
        timezone.localdate(),
    )
    assert lines() == [
        (people[0].number, "ADVICE", "Naloxone", True),
        (people[2].number, "NOT_SEEN", "", True),
        ("Z9999ZZ", "TO_US", "Asked twice", False),
    ]
    page = text(client.get(saved.url))
    assert people[0].list_name in page
    assert "Z9999ZZ" in page


def test_thirty_lines_are_saved_at_once(client, visitor, wing):
    given = {f"number_{n}": f"A{n:04d}ZZ" for n in range(1, 31)} | {f"what_n{n}": "ADVICE" for n in range(1, 31)}

    client.post(log(wing), answers(**given))

    assert len(lines()) == 30


@pytest.mark.parametrize(
    ("given", "field", "says"),
    [
        ({"on": "soon"}, "on", "Write a day"),
        ({"on": ""}, "on", "Give the day"),
        ({"number_2": "1234"}, "number_2", "is not a prison number"),
        ({"what_n2": "ADVICE"}, "number_2", "Enter the prison number"),
        ({"number_2": "A0001ZZ", "what_n2": "ADVICE"}, "number_2", "This number is in line 2 already"),
        ({"number_2": "A0002ZZ"}, "what_n2", "Choose what it was"),
        ({"number_2": "A0002ZZ", "what_n2": "X"}, "what_n2", "Select a valid choice"),
        (
            {"number_2": "A0002ZZ", "what_n2": "ADVICE", "note_n2": "x" * 501},
            "note_n2",
            "Shorten this to 500 characters",
        ),
        (
            {"number_2": "A0002ZZ", "what_n2": "ADVICE", "note_n2": "x" * 100_000},
            "note_n2",
            "Shorten this to 500 characters",
        ),
    ],
)
def test_a_bad_line_saves_nothing_and_keeps_everything(client, visitor, wing, given, field, says):
    person = walks.on_wing(wing)
    good = {"number_1": "A0001ZZ", "what_n1": "SUPPORT", "note_n1": "Kept <b>words</b>", f"what_{person.pk}": "ADVICE"}

    page = client.post(log(wing), answers([person], **{**good, **given}))

    assert says in page.context["form"].errors[field][0]
    assert (WingVisit.objects.count(), lines()) == (0, [])
    assert "Kept &lt;b&gt;words&lt;/b&gt;" in page.content.decode()
    assert f'id="id_{field}"' in page.content.decode()


def test_nothing_is_told_about_who_exists(client, visitor, wing):
    """Of somebody who is here and did not agree a partner reads the same as of nobody."""
    here, agreed = walks.on_wing(wing, agreed=False), walks.on_wing(wing, "A-2-002")
    answered = [
        client.post(at("visit_name"), {"number_1": number}).content for number in [here.number, "Z9999ZZ", "x", ""]
    ]
    named = text(client.post(at("visit_name"), {"number_4": agreed.number.lower()}))

    assert len(set(answered)) == 1
    assert named == f"{agreed.list_name}, A-2-002"
    pages = {}
    for number in [here.number, "Z9999ZZ"]:
        saved = client.post(log(wing), answers(number_1=number, what_n1="TAKEN_AWAY"), follow=True)
        take_up_visits()
        again = client.get(saved.request["PATH_INFO"])
        pages[number] = [text(page).replace(number, "") for page in [saved, again]]
    first, second = pages.values()
    assert [page.split("Who was seen")[1] for page in first] == [page.split("Who was seen")[1] for page in second]


def test_vetting_that_has_run_out_is_told_and_refused_for_that_day(client, visitor, wing):
    factories.end(visitor, vetted_until=timezone.localdate() - timedelta(days=1))
    refused = client.post(log(wing), answers(number_1="A0001ZZ", what_n1="ADVICE"))

    assert "The vetting of Val Visitor ran out on" in refused.context["form"].errors["on"][0]
    assert "The vetting of Val Visitor ran out on" in text(client.get(LIST))
    before = answers(number_1="A0001ZZ", what_n1="ADVICE", on=f"{visitor.vetted_until:%d/%m/%Y}")
    assert client.post(log(wing), before).status_code == 302


def test_who_withdraws_while_the_page_is_open_is_left_out_and_told_so(client, visitor, wing):
    stays, goes = walks.on_wing(wing, "A-1-001"), walks.on_wing(wing, "A-1-002", surname="Withdrawn")
    given = answers([stays, goes], **{f"what_{stays.pk}": "ADVICE", f"what_{goes.pk}": "ADVICE"})
    Consent.objects.filter(person=goes).update(withdrawn_at=timezone.now())

    page = client.post(log(wing), given)

    assert "was left out" in page.context["form"].errors["__all__"][0]
    assert "Withdrawn" not in text(page)
    assert client.post(log(wing), {**given, "people": str(stays.pk)}).status_code == 302


def test_the_team_writes_for_a_visitor_and_is_told_names(client, wing):
    worker, visitor = factories.user(), walks.holder(user=None)
    walks.agreement()
    person = walks.on_wing(wing, agreed=False)
    client.force_login(worker)
    named = text(client.post(at("visit_name"), {"number_1": person.number}))
    unknown = client.post(log(wing, visitor), answers(number_1="Z9999ZZ", what_n1="ADVICE"))
    saved = client.post(log(wing, visitor), answers(number_1=person.number, what_n1="TO_US"))

    assert named.startswith(person.list_name)
    assert NOBODY in unknown.context["form"].errors["number_1"][0]
    assert NOBODY in text(client.post(at("visit_name"), {"number_1": "Z9999ZZ"}))
    assert (WingVisit.objects.get().recorded_by, WingVisitLine.objects.get().person) == (worker, person)
    assert person.list_name in text(client.get(saved.url))
    assert person.spells.get().referrals.count() == 1


def test_who_carries_no_keys_reads_and_writes_nothing(client, wing):
    client.force_login(factories.user(Role.PARTNER))

    assert "You are not among the key-holders" in text(client.get(LIST))
    assert client.post(log(wing), answers(number_1="A0001ZZ", what_n1="ADVICE")).status_code == 200
    assert WingVisit.objects.count() == 0
    assert "You are not among the key-holders" in text(client.get(log(wing).replace("/log/", "/sheet/")))


@pytest.mark.parametrize("asked", ["", "?wing=0", "?wing=x", "?wing=99999999999999999999"])
def test_no_such_wing_shows_the_beginning(client, visitor, asked):
    assert "Write a visit down" in text(client.get(at("log_visit") + asked))


def test_wings_and_visitors_of_another_prison_are_not_there(client, visitor, wing):
    elsewhere = factories.prison("ACI", "Altcourse")
    theirs = factories.wing("X", prison=elsewhere)
    assert "Write a visit down" in text(client.get(log(theirs)))
    client.force_login(factories.user())
    foreign = walks.holder(prison=elsewhere, user=None)
    assert list(client.get(log(wing, foreign)).context["form"].errors) == ["visitor"]


def test_lines_that_wait_are_looked_at_by_the_team(client, visitor, wing):
    person = walks.on_wing(wing, agreed=False, surname="Unasked")
    typed = {"number_1": "Z9999ZZ", "what_n1": "TAKEN_AWAY", "number_2": person.number, "what_n2": "TAKEN_AWAY"}
    client.post(log(wing), answers(**typed))
    take_up_visits()
    client.force_login(factories.user(Role.MANAGER))
    assert "2 lines of visitors to look at" in text(client.get(LIST))
    page, (unknown, unasked) = client.get(at("visit_lines")), WingVisitLine.objects.order_by("pk")

    assert [line.pk for line in page.context["lines"]] == [unknown.pk, unasked.pk]
    assert "Unasked" in text(page)
    wrong = client.post(at("settle_line", unknown.pk), {"number": "Z1111ZZ"})
    assert NOBODY in wrong.context["form"].errors["number"][0]
    factories.consent(person)
    assert client.post(at("settle_line", unknown.pk), {"number": person.number}).url == at("visit_lines")
    assert client.post(at("settle_line", unasked.pk), {"save": "1"}).url == at("visit_lines")
    assert OutwardReferral.objects.get().person == person
    assert "Nothing waits" in text(client.get(at("visit_lines")))
    assert "Nothing is left to do" in text(client.get(at("settle_line", unasked.pk)))


def test_another_agency_and_another_prison_find_nothing(client, visitor, wing):
    visit = walks.write(visitor, walks.row("Z9999ZZ"))
    take_up_visits()
    line = WingVisitLine.objects.get()
    for user in [
        factories.user(Role.PARTNER, agency=factories.agency("Wirral DIP")),
        factories.user(prison=factories.prison("ACI", "Altcourse")),
    ]:
        client.force_login(user)
        assert client.get(at("visit", visit.pk)).status_code == 404
        assert client.get(at("settle_line", line.pk)).status_code in {403, 404}
        assert client.get(LIST).context["rows"] == []


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
@pytest.mark.parametrize("name", ["visits", "log_visit", "visit_sheet", "visit_lines"])
def test_visits_are_closed_to_other_roles(client, role, name):
    client.force_login(factories.user(role))

    assert client.get(at(name)).status_code == 403


@pytest.mark.parametrize("rows", [1, 3, 25])
def test_list_asks_the_same_queries(client, visitor, rows, django_assert_num_queries):
    for _ in range(rows):
        walks.write(visitor, walks.row("Z9999ZZ"), walks.row("Z9999ZY", "NOT_SEEN"))
    client.get(LIST)

    with django_assert_num_queries(15):
        page = client.get(LIST)
    assert [(row.seen, row.missed) for row in page.context["rows"]] == [(1, 1)] * rows


@pytest.mark.parametrize("rows", [1, 3, 30])
def test_page_asks_the_same_queries(client, visitor, wing, rows, django_assert_num_queries):
    for number in range(rows):
        walks.on_wing(wing, f"A-1-{number:03d}")
    client.get(log(wing))

    with django_assert_num_queries(15):
        client.get(log(wing))


def test_older_visits_follow(client, visitor):
    for _ in range(26):
        walks.write(visitor, walks.row("Z9999ZZ"))
    page = client.get(LIST)

    older = client.get(LIST + page.context["older_url"])
    assert (len(page.context["rows"]), len(older.context["rows"])) == (25, 1)
