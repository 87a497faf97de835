import uuid
from datetime import date

import pytest
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, PersonMerge, Restriction, User
from casework.operations import merging
from tests import factories

pytestmark = pytest.mark.django_db
INDEX = reverse("casework:merges")
State = PersonMerge.State


@pytest.fixture
def manager(client):
    user = factories.user(Role.MANAGER)
    client.force_login(user)
    return user


@pytest.fixture
def pair():
    one = factories.spell(factories.person("Smith", "John", number="A0001BA")).person
    other = factories.person("Smyth", "Jon", number="A0002BA", date_of_birth=date(1985, 3, 4))
    return one, other


def compare(*pair):
    return reverse("casework:compare", args=[person.pk for person in pair])


def answers(keep, **given):
    return {"keep": keep, "reason": "Fingerprints", "nonce": str(uuid.uuid4()), **given}


def merged(one, other, by):
    row = merging.ask(removed=other, kept=one, reason="Fingerprints", by=by, nonce=uuid.uuid4())
    merging.begin(merge_id=row.pk, by=User.objects.system())
    merging.proceed(merge_id=row.pk, at=factories.at(), by=User.objects.system())
    return row


def test_index_offers_pairs_that_may_be_one_person(client, manager, pair):
    page = client.get(INDEX)

    assert [(row.one.person, row.other.person, row.why) for row in page.context["pairs"]] == [
        (*pair, "Day and month of birth swapped")
    ]
    entry = AuditEntry.objects.get(action="merges.listed")
    assert entry.detail["people"] == sorted(person.pk for person in pair)


def test_index_leads_two_numbers_to_their_comparison(client, manager, pair):
    assert client.post(INDEX, {"one": "a0001ba", "other": " A0002BA "}).url == compare(*pair)


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        ("A0001BA", "A0001BA", "Type two different numbers"),
        ("A0001BA", "nonsense", "A prison number is a letter, four digits and two letters"),
        ("A0001BA", "A9999BA", "Nobody whom you may see has this number"),
        ("A0001BA", "A0001BA" * 20, "Shorten this to 20 characters"),
    ],
)
def test_index_refuses_numbers_beside_their_field(client, manager, pair, one, other, message):
    page = client.post(INDEX, {"one": one, "other": other})

    assert list(page.context["form"].errors) == ["other"]
    assert message in page.content.decode()


def test_compare_shows_what_differs_and_records_both_openings(client, manager, pair):
    page = client.get(compare(*pair))

    lines = {line.label: (line.one, line.other, line.differ) for line in page.context["lines"]}
    assert lines["Surname"] == ("Smith", "Smyth", True)
    assert lines["Sex"] == ("Male", "Male", False)
    assert [line.label for line in page.context["lines"] if line.unknown] == ["PNC", "CRO"]
    assert page.content.decode().count("Nothing to compare") == 2
    opened = AuditEntry.objects.filter(action="merge.compared.opened").values_list("person_id", flat=True)
    assert sorted(opened) == sorted(person.pk for person in pair)


def test_compare_asks_for_a_merge_once_however_often_it_is_sent(client, manager, pair):
    one, other = pair
    given = answers(one.pk)

    first, second = (client.post(compare(*pair), given) for _ in range(2))

    row = PersonMerge.objects.get()
    assert (first.url, second.url) == (reverse("casework:merge", args=[row.pk]),) * 2
    assert (row.kept, row.removed, row.state, row.asked_by) == (one, other, State.ASKED, manager)


def test_compare_notes_two_people_and_offers_the_pair_no_more(client, manager, pair):
    assert client.post(compare(*pair), answers("TWO")).url == INDEX

    assert PersonMerge.objects.get().state == State.TWO_PEOPLE
    page = client.get(INDEX)
    assert (page.context["pairs"], list(page.context["history"])) == ([], [])


def test_compare_refuses_an_empty_reason_and_a_very_long_one(client, manager, pair):
    for reason in ["", "x" * 100_000]:
        page = client.post(compare(*pair), answers(pair[0].pk, reason=reason))
        assert list(page.context["form"].errors) == ["reason"]
    assert PersonMerge.objects.count() == 0


def test_compare_shows_a_refusal_of_the_operation(client, manager, pair):
    one, other = pair
    client.post(compare(*pair), answers(one.pk))

    page = client.post(compare(*pair), answers(one.pk))

    assert "This record is being merged already." in page.content.decode()


def test_show_tells_what_moved_and_asks_to_undo(client, manager, pair):
    factories.case(pair[1])
    row = merged(*pair, manager)
    url = reverse("casework:merge", args=[row.pk])

    page = client.get(url)
    assert ("case", 1) in page.context["moved"]
    assert client.post(url, {"why": "Two brothers"}).url == url

    row.refresh_from_db()
    assert (row.state, row.undo_why, row.undo_by) == (State.UNDO_ASKED, "Two brothers", manager)
    assert "Undoing the merge" in client.get(url).content.decode()


def test_progress_loads_the_page_again_when_it_is_done(client, manager, pair):
    row = merging.ask(removed=pair[1], kept=pair[0], reason="F", by=manager, nonce=uuid.uuid4())
    url = reverse("casework:merge_progress", args=[row.pk])
    assert "Merging the two records" in client.get(url).content.decode()
    PersonMerge.objects.update(state=State.DONE)

    assert client.get(url, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    assert client.get(url).url == reverse("casework:merge", args=[row.pk])


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.ADMINISTRATOR, Role.PARTNER, Role.AUDITOR])
def test_merges_are_for_managers(client, role, pair):
    client.force_login(factories.user(role))

    for url in [INDEX, compare(*pair), reverse("casework:merge", args=[1])]:
        assert client.get(url).status_code == 403


def test_merges_of_another_prison_and_of_hidden_people_are_not_there(client, manager, pair):
    row = merged(*pair, manager)
    Restriction.objects.create(
        person=pair[0], prison=manager.prison, number="A0001BA", kind="OTHER", made_at=factories.at(), made_by=manager
    )
    assert client.get(reverse("casework:merge", args=[row.pk])).status_code == 404
    assert list(client.get(INDEX).context["history"]) == []

    client.force_login(factories.user(Role.MANAGER, prison=factories.prison("ACI", "Altcourse (HMP)")))
    assert client.get(reverse("casework:merge", args=[row.pk])).status_code == 404
    assert client.get(compare(*pair)).status_code == 404
    assert list(client.get(INDEX).context["history"]) == []


@pytest.mark.parametrize("many", [1, 3])
def test_index_asks_the_same_queries(client, manager, many, django_assert_num_queries):
    for number, surname in enumerate(["Smith", "Jones", "Baker"][:many]):
        for each in "AB":
            factories.spell(factories.person(surname, number=f"{each}000{number}BA"))
        merged(*(factories.person(date_of_birth=date(1950, 1, 1)) for _ in "ab"), manager)

    with django_assert_num_queries(25):
        page = client.get(INDEX)
    assert (len(page.context["pairs"]), len(page.context["history"])) == (many, many)
