import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from casework.access import Role
from casework.formats import working_days
from casework.models import AuditEntry, Case, Location, Restriction
from interventions.models import Contact, ContactType, WingRound
from referrals.models import Referral
from tests import factories

pytestmark = pytest.mark.django_db
ROUNDS, NAME = reverse("interventions:rounds"), reverse("interventions:round_name")
DAY = factories.DAY


@pytest.fixture(autouse=True)
def still(clock):
    """The clock stands still: sixty people take a while, and a session that is a minute old is written again."""
    with time_machine.travel(factories.at(hour=11), tick=False):
        yield


@pytest.fixture
def worker(client):
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made


@pytest.fixture
def wing():
    return factories.wing()


def on(wing, cell, surname="Testerton", case=True, **given):
    """Somebody in a cell of ``wing``, with an open case unless told otherwise."""
    given.setdefault("prison", wing.prison)
    person = factories.person(surname, prison_ids=[given["prison"].pk])
    spell = factories.spell(person, **given)
    key = "-".join(part.zfill(6) if part.isdecimal() else part for part in cell.split("-"))
    Location.objects.filter(spell=spell).update(wing=wing, cell=cell, cell_key=key)
    if case:
        factories.case(spell=spell, opened_on=DAY - timedelta(days=20), worker=factories.user(prison=wing.prison))
    return person


def address(wing, name="log_round", **given):
    query = "&".join(f"{key}={value}" for key, value in {"wing": wing.pk, **given}.items())
    return f"{reverse(f'interventions:{name}')}?{query}"


def sent(page, **given):
    """What the form on a page sends as it stands, and what is typed into it."""
    form = page.context["form"]
    values = {name: form[name].value() for name in ["people", "type", "worker"]}
    values |= {"nonce": uuid.uuid4(), "at": "14/10/2026 10:55", **given}
    return {name: value for name, value in values.items() if value not in (None, "")}


def save(client, wing, page=None, **given):
    page = page or client.get(address(wing))
    return client.post(address(wing), sent(page, **given))


def errors(response):
    return response.context["form"].errors


def listed(action):
    return [entry.detail["people"] for entry in AuditEntry.objects.filter(action=action).order_by("pk")]


# The list


def test_index_puts_the_cursor_on_the_wing_until_something_else_was_asked(client, worker, wing):
    url = reverse("interventions:rounds")

    assert [client.get(url, asked).text.count("autofocus") for asked in [{}, {"wing": wing.pk}]] == [1, 0]


def test_log_lists_the_caseload_of_the_wing_in_the_order_of_cells(client, worker, wing):
    second, tenth, first = on(wing, "A-1-002", "Two"), on(wing, "A-1-010", "Ten"), on(wing, "A-1-001", "One")
    on(wing, "A-1-003", "Nocase", case=False)
    on(factories.wing("B"), "B-1-001", "Elsewhere")

    page = client.get(address(wing))

    lines = page.context["form"].lines
    assert [(line.person, line.cell) for line in lines] == [
        (first, "A-1-001"), (second, "A-1-002"), (tenth, "A-1-010"),
    ]  # fmt: skip
    assert listed("round.list.listed") == [sorted([first.pk, second.pk, tenth.pk])]
    assert page.context["form"]["people"].value() == f"{first.pk},{second.pk},{tenth.pk}"


def test_log_can_be_of_one_landing(client, worker, wing):
    on(wing, "A-1-001")
    upstairs = on(wing, "A-2-001")

    for landing in ["2", "02"]:
        assert [line.person for line in client.get(address(wing, landing=landing)).context["form"].lines] == [upstairs]
    assert "Nobody on the caseload is there" in client.get(address(wing, landing="7")).text


def test_log_leaves_out_who_is_at_court_or_off_the_roll(client, worker, wing):
    Location.objects.filter(spell__person=on(wing, "A-1-001")).update(whereabouts="COURT")
    on(wing, "A-1-002", off_roll_on=DAY)

    assert client.get(address(wing)).context["form"].lines == []


def test_log_shows_alerts_and_what_comes_next(client, worker, wing):
    person = on(wing, "A-1-001")
    factories.alert(person, "RNO121")
    factories.alert(person)
    long_ago = DAY - timedelta(days=90)
    case = person.cases.get()
    factories.plan(case, begun_on=long_ago, agreed_on=long_ago)
    factories.assessment(case, "COMPREHENSIVE", done_on=long_ago)
    Case.objects.update(opened_on=DAY)

    line = client.get(address(wing)).context["form"].lines[0]

    assert [tag["text"] for tag in line.tags] == ["ACCT open", "Do not see alone"]
    assert (line.due, line.late) == ((DAY - timedelta(days=6), "Review of the plan"), True)


def test_log_shows_what_is_owed_first_whatever_it_is(client, worker, wing):
    person = on(wing, "A-1-001")
    Case.objects.filter(person=person).update(opened_on=DAY - timedelta(days=40))

    line = client.get(address(wing)).context["form"].lines[0]

    assert (line.due, line.late) == (
        (working_days.after(DAY - timedelta(days=40), 10), "Comprehensive assessment"),
        True,
    )


def test_log_shows_the_next_session_of_who_has_one(client, worker, wing):
    person = on(wing, "A-1-001")
    Case.objects.update(opened_on=DAY)
    factories.plan(person.cases.get(), agreed_on=DAY)
    factories.appointment(person.cases.get(), at=factories.at(DAY + timedelta(days=2)))

    line = client.get(address(wing)).context["form"].lines[0]

    assert (line.due, line.late) == ((DAY + timedelta(days=2), "Structured one-to-one"), False)


@pytest.mark.parametrize("count", [1, 3, 60])
def test_log_asks_as_much_for_sixty_people_as_for_one(client, worker, wing, count, django_assert_num_queries):
    for number in range(count):
        on(wing, f"A-1-{number:03d}")
    client.get(address(wing))

    with django_assert_num_queries(35):
        client.get(address(wing))


@pytest.mark.parametrize("count", [1, 3, 60])
def test_log_refused_asks_as_much_for_sixty_people_as_for_one(client, worker, wing, count, django_assert_num_queries):
    people = [on(wing, f"A-1-{number:03d}") for number in range(count)]
    values = sent(client.get(address(wing)), number_1="A0404AA", **{f"seen_{person.pk}": "on" for person in people})
    client.post(address(wing), values)

    with django_assert_num_queries(35):
        client.post(address(wing), values)


@pytest.mark.parametrize("query", ["", "?wing=x", "?wing=0", "?wing=99999999999999999999", "?wing=1&printed=soon"])
def test_log_without_a_wing_asks_for_one(client, worker, query):
    response = client.get(reverse("interventions:log_round") + query)

    assert response.status_code == 200
    assert "Begin a round" in response.text


def test_log_and_sheet_know_no_wing_of_another_prison(client, worker):
    other = factories.wing("Z", prison=factories.prison("ACI", "Altcourse (HMP)"))

    for name in ["log_round", "round_sheet"]:
        response = client.get(address(other, name))
        assert errors(response) == {"wing": ["Select a valid choice. That choice is not one of the available choices."]}


# Saving


def test_log_saves_a_session_for_each_who_was_ticked_and_nobody_else(client, worker, wing):
    first, second, third, fourth = (on(wing, f"A-1-00{number}") for number in range(1, 5))

    response = save(
        client, wing, **{
            f"seen_{first.pk}": "on", f"note_{first.pk}": "Sleeps badly.",
            f"seen_{second.pk}": "on", f"minutes_{second.pk}": "25",
            f"type_{second.pk}": ContactType.objects.get(code="HARM_REDUCTION").pk,
            f"outcome_{third.pk}": "REGIME_NOT_UNLOCKED",
        },
    )  # fmt: skip

    made = WingRound.objects.get()
    rows = Contact.objects.order_by("pk")
    at = factories.at(hour=10) + timedelta(minutes=55)
    assert response.url == reverse("interventions:round", args=[made.pk])
    assert (made.wing, made.worker, made.type.code, made.minutes, made.at) == (wing, worker, "BRIEF", 10, at)
    assert [(row.person, row.type.code, row.minutes, row.outcome, row.note) for row in rows] == [
        (first, "BRIEF", 10, "TOOK_PLACE", "Sleeps badly."),
        (second, "HARM_REDUCTION", 25, "TOOK_PLACE", ""),
        (third, "BRIEF", 10, "REGIME_NOT_UNLOCKED", ""),
    ]
    assert {(row.round, row.at, row.place, row.worker, row.recorded_by) for row in rows} == {
        (made, at, "A wing", worker, worker)
    }
    assert [row.case.person for row in rows] == [first, second, third]
    entry = AuditEntry.objects.get(action="round.saved")
    assert entry.detail == {"wing": wing.pk, "sessions": [row.pk for row in rows]}
    assert AuditEntry.objects.filter(action="session.logged").count() == 3


def test_log_gives_the_minutes_of_the_round_to_all_but_those_with_their_own(client, worker, wing):
    first, second = on(wing, "A-1-001"), on(wing, "A-1-002")

    given = {f"seen_{first.pk}": "on", f"seen_{second.pk}": "on", f"minutes_{second.pk}": "5"}
    save(client, wing, minutes="7", **given)

    assert list(Contact.objects.order_by("pk").values_list("minutes", flat=True)) == [7, 5]
    assert WingRound.objects.get().minutes == 7


@pytest.mark.parametrize("count", [1, 3, 60])
def test_log_saves_sixty_with_one_query_more_for_each_the_trail(client, worker, wing, count, django_assert_num_queries):
    people = [on(wing, f"A-1-{number:03d}") for number in range(count)]
    values = sent(client.get(address(wing)), **{f"seen_{person.pk}": "on" for person in people})

    with django_assert_num_queries(51 + count):
        client.post(address(wing), values)

    assert Contact.objects.count() == count


def test_log_sent_twice_makes_one_round(client, worker, wing):
    person = on(wing, "A-1-001")
    values = sent(client.get(address(wing)), **{f"seen_{person.pk}": "on"})

    answers = {client.post(address(wing), values).url for _ in range(2)}

    assert (WingRound.objects.count(), Contact.objects.count(), len(answers)) == (1, 1, 1)


def test_log_adds_anybody_by_number_and_refers_who_wants_it(client, worker, wing):
    known, stranger = on(wing, "A-1-001"), on(factories.wing("B"), "B-1-001", "Stranger", case=False)

    save(
        client, wing, **{
            f"seen_{known.pk}": "on", "number_1": stranger.number.lower(), "note_n1": "Asked for help.", "referral_1": "on",
        },
    )  # fmt: skip

    referral = Referral.objects.get()
    assert [(row.person, row.case is None) for row in Contact.objects.order_by("pk")] == [
        (known, False),
        (stranger, True),
    ]
    assert (referral.person, referral.source.code, referral.referrer) == (stranger, "WING", "Kay Worker, wing round")
    assert referral.reason == "Asked on a wing round of A wing. Asked for help."


def test_log_adds_a_person_who_was_missed(client, worker, wing):
    stranger = on(wing, "A-1-001", case=False)

    save(client, wing, number_2=stranger.number, outcome_n2="PERSON_REFUSED")

    assert Contact.objects.get().outcome == "PERSON_REFUSED"


UNKNOWN = "Nobody here has this number. Look at it again, or find the person by name."


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"number_1": "A0404AA"}, {"number_1": [UNKNOWN]}),
        ({"number_1": "hello"}, {"number_1": ["“HELLO” is not a prison number. One looks like A1234BC."]}),
        ({"note_n1": "Who?"}, {"number_1": ["Enter the prison number."]}),
        ({"minutes_KEY": "0"}, {"minutes_KEY": ["Minutes are between 1 and 480."]}),
        ({"minutes_KEY": "600"}, {"minutes_KEY": ["Minutes are between 1 and 480."]}),
        ({"minutes": "600"}, {"minutes": ["Minutes are between 1 and 480."]}),
        ({"at": "soon"}, {"at": ["Write the day and the time, for example 27/3/2026 14:30."]}),
        ({"at": "14/10/2026 11:10"}, {"at": ["This is in the future. Write a session up when it is over."]}),
        ({"at": "1/1/2026 10:00"}, {"seen_KEY": ["Sam Testerton came here on 14 September 2026."]}),
        ({"outcome_KEY": "PERSON_ILL"}, {"seen_KEY": ["Tick Sam Testerton, or give a reason: not both."]}),
        ({"seen_KEY": "", "note_KEY": "Well."}, {"seen_KEY": ["Tick Sam Testerton, or say why not seen."]}),
        ({"seen_KEY": ""}, {"__all__": ["Tick who was seen, or say why somebody was not."]}),
        (
            {"note_KEY": "x" * 100_000},
            {"note_KEY": ["Shorten this to 500 characters. It has 100000."]},
        ),
    ],
)
def test_log_refused_saves_nothing_and_loses_nothing(client, worker, wing, given, words):
    key = str(on(wing, "A-1-001").pk)
    other = on(wing, "A-1-002", "Other").pk
    named = {name.replace("KEY", key): value for name, value in given.items()}
    others = {} if "seen_KEY" in given and len(given) == 1 else {f"note_{other}": "Kept words.", f"seen_{other}": "on"}
    if "1/1/2026" in given.get("at", ""):
        others = {}

    response = save(client, wing, **{f"seen_{key}": "on", **others, **named})

    assert errors(response) == {name.replace("KEY", key): said for name, said in words.items()}
    assert (WingRound.objects.count(), Contact.objects.count()) == (0, 0)
    assert "Kept words." in response.text or not others


def test_log_refuses_somebody_twice(client, worker, wing):
    person, stranger = on(wing, "A-1-001"), on(wing, "A-1-002", "Stranger", case=False)

    response = save(
        client,
        wing,
        **{f"seen_{person.pk}": "on"},
        number_1=person.number,
        number_2=stranger.number,
        number_3=stranger.number,
    )

    assert errors(response) == {
        "number_1": ["Sam Testerton is in line 1 already."],
        "number_3": ["Sam Stranger is in line 3 already."],
    }


def test_log_says_beside_each_row_why_the_session_cannot_be_and_saves_none(client, worker, wing):
    person, stranger = on(wing, "A-1-001"), on(wing, "A-1-002", "Stranger", case=False)
    structured = ContactType.objects.get(code="ONE_TO_ONE")

    response = save(client, wing, type=structured.pk, **{f"seen_{person.pk}": "on"}, number_1=stranger.number)

    words = (
        "Sam Stranger has no open case, and a structured one-to-one is part of one."
        " Choose another kind, or open a case first."
    )
    assert errors(response) == {"number_1": [words]}
    assert (WingRound.objects.count(), Contact.objects.count()) == (0, 0)
    assert listed("round.list.listed")[-1] == sorted([person.pk, stranger.pk])


def test_log_refuses_a_referral_of_who_left_and_saves_none(client, worker, wing):
    gone = on(wing, "A-1-001", "Gone", case=False, off_roll_on=DAY)

    response = save(client, wing, number_1=gone.number, referral_1="on")

    assert [*errors(response)] == ["number_1"]
    assert Contact.objects.count() == 0


def test_log_knows_nobody_of_another_prison(client, worker, wing):
    altcourse = factories.prison("ACI", "Altcourse (HMP)")
    other = on(factories.wing("Z", prison=altcourse), "Z-1-001")

    response = save(client, wing, number_1=other.number)

    assert errors(response) == {"number_1": [UNKNOWN]}
    assert Contact.objects.count() == 0


def test_log_says_so_when_somebody_on_the_list_is_known_no_more(client, worker, wing):
    altcourse = factories.prison("ACI", "Altcourse (HMP)")
    person, other = on(wing, "A-1-001"), on(factories.wing("Z", prison=altcourse), "Z-1-001")
    page = client.get(address(wing))

    refused = save(client, wing, page, people=f"{person.pk},{other.pk}", **{f"seen_{person.pk}": "on"})
    again = save(
        client,
        wing,
        refused,
        **{f"seen_{person.pk}": "on"},
        type=page.context["form"]["type"].value(),
        worker=worker.pk,
    )

    assert errors(refused) == {
        "__all__": [
            "Somebody on this list is not known here any more and was left out. Look at the list, then save again."
        ]
    }
    assert other.number not in refused.text
    assert again.status_code == 302


def test_log_names_whom_it_named_though_they_moved_meanwhile(client, worker, wing):
    person = on(wing, "A-1-001")
    page = client.get(address(wing))
    Location.objects.filter(spell__person=person).update(wing=factories.wing("B"))

    save(client, wing, page, **{f"seen_{person.pk}": "on"})

    assert Contact.objects.get().person == person


def test_log_keeps_what_was_typed_as_a_draft_of_the_whole_page(client, worker, wing):
    person = on(wing, "A-1-001")
    page = client.get(address(wing))
    token = re.search(r'name="draft_token" value="([^"]+)"', page.text)[1]
    typed = sent(page, **{f"seen_{person.pk}": "on", f"note_{person.pk}": "Half a thought", "number_3": "A0001AA"})
    client.post(reverse("casework:keep_draft"), {**typed, "draft_token": token})
    Location.objects.filter(spell__person=person).update(wing=factories.wing("B"))

    offered = re.search(r'href="([^"]*draft=[^"]*)"', client.get(address(wing)).text)[1].replace("&amp;", "&")
    form = client.get(offered).context["form"]

    assert [line.person for line in form.lines] == [person]
    assert (form[f"seen_{person.pk}"].value(), form[f"note_{person.pk}"].value()) == (True, "Half a thought")
    assert form["number_3"].value() == "A0001AA"


def test_log_and_sheet_hide_a_restricted_person_and_name_those_of_colleagues(client, worker, wing):
    hidden, shown = on(wing, "A-1-001", "Hiddenby"), on(wing, "A-1-002")
    Restriction.objects.create(
        person=hidden, prison=wing.prison, number=hidden.number, kind="OTHER", reason="Known to staff",
        made_at=timezone.now(), made_by=factories.user(),
    )  # fmt: skip

    page = client.get(address(wing))

    assert [line.person for line in page.context["form"].lines] == [shown]
    assert [line.person for line in client.get(address(wing, "round_sheet")).context["lines"]] == [shown]
    assert errors(save(client, wing, page, number_1=hidden.number)) == {"number_1": [UNKNOWN]}
    assert "Hiddenby" not in client.post(NAME, {"number_1": hidden.number}).text
    assert "reason" in client.get(reverse("reporting:person", args=[shown.pk])).url


def test_name_tells_who_a_number_is(client, worker, wing):
    person = on(wing, "A-1-001")

    assert "Testerton, Sam, A-1-001" in client.post(NAME, {"number_2": person.number.lower()}).text
    assert "Nobody here has this number." in client.post(NAME, {"number_2": "A0404AA"}).text
    assert client.post(NAME, {"number_2": " "}).text.strip() == ""
    assert client.get(NAME).status_code == 405
    assert listed("round.name.listed") == [[person.pk]]


# The sheet


def test_sheet_has_the_lines_of_the_list_and_empty_ones(client, worker, wing):
    first, second = on(wing, "A-1-002", "Two"), on(wing, "A-1-010", "Ten")

    page = client.get(address(wing, "round_sheet"))

    assert [line.person for line in page.context["lines"]] == [first, second]
    assert list(page.context["further"]) == [3, 4, 5, 6, 7, 8]
    assert "14/10/2026 11:00" in page.text
    assert listed("round.sheet.listed") == [sorted([first.pk, second.pk])]


def test_sheet_is_typed_up_in_its_own_order_whoever_moved_since(client, worker, wing):
    first, second, third = (on(wing, f"A-1-00{number}") for number in range(1, 4))
    sheet = client.get(address(wing, "round_sheet"))
    moved = Location.objects.get(spell__person=second)
    later = timezone.now() + timedelta(minutes=20)
    factories.end(moved, until_at=later)
    Location.objects.create(
        spell=moved.spell, prison=moved.prison, wing=wing, cell="A-5-001", cell_key="A-000005-000001", from_at=later
    )

    page = client.get(sheet.context["log_url"])

    assert [line.person for line in page.context["form"].lines] == [first, second, third]
    assert page.context["form"]["at"].value() == timezone.make_naive(factories.at(hour=11))
    assert "In the order of the sheet printed on 14 October 2026, 11:00" in page.text


@pytest.mark.parametrize("count", [1, 3, 60])
def test_sheet_asks_as_much_for_sixty_people_as_for_one(client, worker, wing, count, django_assert_num_queries):
    for number in range(count):
        on(wing, f"A-1-{number:03d}")
    client.get(address(wing, "round_sheet"))

    with django_assert_num_queries(31):
        client.get(address(wing, "round_sheet"))


# Rounds that were made


def made(wing, worker, count=1, **given):
    given.setdefault("at", factories.at())
    row = WingRound.objects.create(
        prison=wing.prison, wing=wing, worker=worker, type=ContactType.objects.get(code="BRIEF"), minutes=10,
        recorded_by=worker, recorded_at=factories.at(), **given,
    )  # fmt: skip
    for _ in range(count):
        factories.contact(factories.case(worker=worker), worker=worker, round=row)
    return row


def test_index_says_who_went_where_and_how_many_they_saw(client, worker, wing):
    row = made(wing, worker, 2)
    Contact.objects.filter(pk=row.contacts.first().pk).update(outcome="PERSON_ILL")
    made(factories.wing("B"), factories.user(full_name="Ann Other"), at=factories.at(hour=9))

    page = client.get(ROUNDS)

    rows = page.context["page"].rows
    assert [(str(each.wing), str(each.worker), each.seen, each.missed) for each in rows] == [
        ("A wing", "Kay Worker", 1, 1), ("B wing", "Ann Other", 1, 0),
    ]  # fmt: skip
    assert page.context["choose"].initial == {"wing": wing.pk}
    assert [each.pk for each in client.get(ROUNDS, {"wing": wing.pk}).context["page"].rows] == [row.pk]
    assert [each.pk for each in client.get(ROUNDS, {"worker": worker.pk}).context["page"].rows] == [row.pk]


@pytest.mark.parametrize("count", [1, 3, 25])
def test_index_asks_as_much_for_many_rounds_as_for_one(client, worker, wing, count, django_assert_num_queries):
    for _ in range(count):
        made(wing, worker)
    client.get(ROUNDS)

    with django_assert_num_queries(16):
        client.get(ROUNDS)


def test_index_has_pages(client, worker, wing):
    rows = [made(wing, worker, 0, at=factories.at() - timedelta(hours=number)) for number in range(27)]

    first = client.get(ROUNDS)
    second = client.get(ROUNDS + first.context["older_url"])

    shown = [row.pk for page in [first, second] for row in page.context["page"].rows]
    assert shown == [row.pk for row in rows]
    assert second.context["older_url"] == ""
    assert client.get(ROUNDS, {"after": "x' or 1"}).status_code == 200


def test_index_says_that_there_are_none(client, worker, wing):
    assert "No rounds yet" in client.get(ROUNDS).text
    assert "No such rounds" in client.get(ROUNDS, {"wing": wing.pk}).text


def test_show_names_who_was_on_it_without_what_was_written(client, worker, wing):
    row = made(wing, factories.user(), 0)
    contact = factories.contact(round=row, note="Words of his own.")

    page = client.get(reverse("interventions:round", args=[row.pk]))

    assert page.context["sessions"] == [contact]
    assert "Words of his own." not in page.text
    assert listed("round.listed") == [[contact.person_id]]


@pytest.mark.parametrize("count", [1, 3, 60])
def test_show_asks_as_much_for_sixty_people_as_for_one(client, worker, wing, count, django_assert_num_queries):
    url = reverse("interventions:round", args=[made(wing, worker, count).pk])
    client.get(url)

    with django_assert_num_queries(14):
        client.get(url)


def test_show_knows_no_round_of_another_prison(client, worker):
    altcourse = factories.prison("ACI", "Altcourse (HMP)")
    row = made(factories.wing("Z", prison=altcourse), factories.user(prison=altcourse), 0)

    assert client.get(reverse("interventions:round", args=[row.pk])).status_code == 404


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.PARTNER])
def test_rounds_are_for_caseworkers(client, role, wing):
    client.force_login(factories.user(role))

    for url in [ROUNDS, address(wing), address(wing, "round_sheet"), reverse("interventions:round", args=[1])]:
        assert client.get(url).status_code == 403
    assert client.post(NAME, {"number_1": "A0001AA"}).status_code == 403
