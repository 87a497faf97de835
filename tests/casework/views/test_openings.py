from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from casework import audit
from casework.access import ReasonNeeded, Role
from casework.middleware import Locks, Reasons
from casework.models import Absence, AuditEntry, Draft, Note, RecordAccess
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
INDEX, READ = reverse("casework:openings"), reverse("casework:read_openings")
NONCE = "11111111-1111-4111-8111-111111111111"
WHY = "Covering for his worker"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12), tick=False)


@pytest.fixture
def keyworker(client):
    user = factories.user(full_name="Kay Worker")
    client.force_login(user)
    return user


@pytest.fixture
def person():
    """Somebody whose case another keyworker holds."""
    return factories.case(worker=factories.user(full_name="Other Worker")).person


def page_of(person):
    return reverse("reporting:person", args=[person.pk])


def reason_of(person):
    return reverse("casework:reason", args=[person.pk])


def say(client, person, reason=WHY, after=""):
    return client.post(f"{reason_of(person)}?next={after}", {"reason": reason, "nonce": NONCE})


def opening(of=None, user=None, **given):
    given = {"from_at": factories.at(DAY - timedelta(days=1)), "reason": WHY, **given}
    until = given["from_at"] + timedelta(hours=3)
    user = user or factories.user()
    return RecordAccess.objects.create(
        person=of or factories.person(), prison=user.prison, user=user, until_at=until, **given
    )


def is_asked(client, person):
    answer = client.get(page_of(person))
    if answer.status_code == 200:
        return False
    assert answer.url.startswith(reason_of(person))
    return True


def later(client, user, time_machine, at):
    """The same account signs in afresh, so that no idle lock stands before what is asked."""
    client.logout()
    time_machine.move_to(at, tick=False)
    client.force_login(user)


def test_a_record_outside_own_work_opens_for_three_hours_when_somebody_says_why(
    client, keyworker, person, time_machine
):
    asked = client.get(page_of(person), follow=True)
    assert asked.redirect_chain == [(f"{reason_of(person)}?next={page_of(person).replace('/', '%2F')}", 302)]
    assert "is not your own work" in asked.content.decode()
    assert "Other Worker" in asked.content.decode()

    assert say(client, person, after=page_of(person)).url == page_of(person)

    access = RecordAccess.objects.get()
    assert (access.person, access.user, access.reason) == (person, keyworker, WHY)
    assert client.get(page_of(person)).status_code == 200
    entry = AuditEntry.objects.get(action="person.opened", person_id=person.pk)
    assert (entry.by_id, entry.detail) == (keyworker.pk, {"access": access.pk})
    later(client, keyworker, time_machine, access.until_at - timedelta(seconds=1))
    assert not is_asked(client, person)
    later(client, keyworker, time_machine, access.until_at)
    assert is_asked(client, person)


def test_a_reason_opens_that_record_to_whoever_gave_it_only(client, keyworker, person):
    another = factories.case(worker=factories.user()).person
    say(client, person)

    assert [is_asked(client, of) for of in [person, another]] == [False, True]
    client.force_login(factories.user())
    assert is_asked(client, person)


def test_own_work_is_opened_without_a_reason(client, keyworker):
    away, covered = factories.user(), factories.wing("A")
    keyworker.wing_cover.create(wing=covered, prison=covered.prison, from_on=DAY)
    mine, shared, nobodys, gone = (
        factories.case(worker=worker) for worker in [keyworker, factories.user(), None, factories.user()]
    )
    factories.co_worker(shared, worker=keyworker)
    gone.allocations.create(prison=gone.prison, worker=keyworker, made_by=keyworker, from_at=factories.at(),
                            until_at=factories.at(DAY - timedelta(days=13)))  # fmt: skip
    theirs = factories.case(worker=away)
    theirs.spell.locations.update(wing=covered)
    assert is_asked(client, theirs.person)
    Absence.objects.create(user=away, prison=away.prison, from_on=DAY, until_on=DAY)

    people = [case.person for case in [mine, shared, nobodys, gone, theirs]]

    assert [is_asked(client, person) for person in people] == [False] * 5
    gone.allocations.filter(worker=keyworker).update(until_at=factories.at(DAY - timedelta(days=15)))
    assert is_asked(client, gone.person)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("", "Say why you open this record"),
        ("because", "in a few words"),
        ("x" * 100_000, "Shorten this to 500 characters"),
    ],
)
def test_reason_refuses_none_and_one_without_end(client, keyworker, person, reason, words):
    response = say(client, person, reason)

    assert words in response.context["form"].errors["reason"][0]
    assert RecordAccess.objects.count() == 0
    assert is_asked(client, person)


def test_reason_sent_twice_is_one_opening(client, keyworker, person):
    assert {say(client, person, after="/").url for _ in range(2)} == {"/"}

    assert RecordAccess.objects.count() == 1
    assert AuditEntry.objects.filter(action="record.opened_for_a_reason").count() == 1


def test_reason_leads_to_no_other_site(client, keyworker, person):
    for elsewhere in ["https://example.org/", "//example.org/", "javascript:alert(1)", "/\\example.org"]:
        assert say(client, person, after=elsewhere).url == page_of(person)


def test_reason_is_recorded_as_asked(client, keyworker, person):
    client.get(reason_of(person))

    assert AuditEntry.objects.get(action="person.reason.opened").person_id == person.pk


def test_what_was_being_sent_when_the_reason_was_asked_for_becomes_a_draft(client, keyworker, person, time_machine):
    write = reverse("casework:write_note", args=[person.pk])
    say(client, person)
    page = client.get(write)
    token = page.content.decode().split('name="draft_token" value="')[1].split('"')[0]
    later(client, keyworker, time_machine, factories.at(hour=16))
    typed = {"text": "He rang his mother.", "kind": "GENERAL", "level": "TEAM", "nonce": NONCE, "draft_token": token}

    asked = client.post(write, typed)

    assert asked.url.startswith(reason_of(person))
    assert Note.objects.count() == 0
    draft = Draft.objects.get()
    assert (draft.user, dict(draft.fields)["text"]) == (keyworker, "He rang his mother.")
    after = parse_qs(urlsplit(asked.url).query)["next"][0]
    again = client.post(asked.url, {"reason": WHY, "nonce": NONCE.replace("1", "2")})
    assert again.url == after
    assert client.get(after).context["form"]["text"].value() == "He rang his mother."


def test_a_manager_is_asked_for_no_reason(client, person):
    client.force_login(factories.user(Role.MANAGER))

    assert client.get(page_of(person)).status_code == 200
    assert client.get(reason_of(person)).url == page_of(person)


def test_reason_is_for_caseworkers_of_the_prison(client, keyworker):
    theirs = factories.person(prison_ids=[factories.prison("ACI", "Altcourse").pk])

    assert client.get(reason_of(theirs)).status_code == 404
    assert say(client, theirs).status_code == 404
    for role in [Role.PARTNER, Role.ADMINISTRATOR, Role.AUDITOR]:
        client.force_login(factories.user(role))
        assert client.get(reason_of(theirs)).status_code == 403


# The manager's page


def shown(client, which=""):
    return [row.pk for row in client.get(INDEX, {"show": which}).context["page"].rows]


def test_openings_stand_on_the_managers_page_the_next_day(client, person, time_machine):
    made = opening(person, from_at=factories.at(hour=11))
    manager = factories.user(Role.MANAGER)
    client.force_login(manager)
    assert [shown(client), shown(client, "today")] == [[], [made.pk]]
    later(client, manager, time_machine, factories.at(DAY + timedelta(days=1), hour=0))

    text = client.get(INDEX).content.decode()

    assert [words in text for words in [WHY, person.number, "Other Worker", made.user.full_name]] == [True] * 4
    entry = AuditEntry.objects.filter(action="openings.listed").latest("pk")
    assert (entry.by_id, entry.detail) == (manager.pk, {"people": [person.pk]})
    assert [shown(client), shown(client, "today")] == [[made.pk], []]


def test_read_marks_openings_once(client):
    made = [opening(), opening()]
    manager = factories.user(Role.MANAGER)
    client.force_login(manager)

    responses = [client.post(READ, {"keys": ",".join(str(row.pk) for row in made)}) for _ in range(2)]

    assert [response.url for response in responses] == [INDEX] * 2
    assert set(RecordAccess.objects.values_list("read_by", flat=True)) == {manager.pk}
    assert [shown(client), sorted(shown(client, "read"))] == [[], sorted(row.pk for row in made)]


@pytest.mark.parametrize("keys", ["", "abc,²", "9" * 20, "-1"])
def test_read_marks_nothing_for_what_is_not_a_key(client, keys):
    opening()
    client.force_login(factories.user(Role.MANAGER))

    client.post(READ, {"keys": keys})

    assert RecordAccess.objects.filter(read_at=None).count() == 1


def test_openings_of_another_prison_are_neither_shown_nor_marked(client):
    there = factories.prison("ACI", "Altcourse")
    theirs = opening(factories.person(prison_ids=[there.pk]), factories.user(prison=there))
    client.force_login(factories.user(Role.MANAGER))

    client.post(READ, {"keys": str(theirs.pk)})

    assert [shown(client, which) for which in ["", "today", "read"]] == [[], [], []]
    assert RecordAccess.objects.get().read_at is None


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.PARTNER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_openings_are_for_managers(client, role):
    client.force_login(factories.user(role))

    assert (client.get(INDEX).status_code, client.post(READ, {"keys": ""}).status_code) == (403, 403)


def test_openings_turn_pages_by_key(client, monkeypatch):
    monkeypatch.setattr("casework.queries.openings.PAGE", 2)
    made = [opening(from_at=factories.at(DAY - timedelta(days=days))) for days in [1, 2, 3]]
    client.force_login(factories.user(Role.MANAGER))

    first = client.get(INDEX)
    second = client.get(INDEX + first.context["older_url"])

    assert [row.pk for page in [first, second] for row in page.context["page"].rows] == [row.pk for row in made]


@pytest.mark.parametrize("many", [1, 3])
def test_openings_take_the_same_number_of_queries(client, django_assert_num_queries, many):
    for _ in range(many):
        opening(factories.case(worker=factories.user()).person)
    client.force_login(factories.user(Role.MANAGER))
    client.get(INDEX)

    with django_assert_num_queries(12):
        client.get(INDEX)


def test_nothing_stays_of_what_a_page_began_to_write_before_the_question(keyworker, person, rf):
    request = rf.get("/")
    request.user = keyworker

    def hasty(request):
        audit.record(by=keyworker, action="test.begun")
        return Reasons(None).process_exception(request, ReasonNeeded(person))

    answer = Locks(hasty)(request)

    assert answer.url.startswith(reason_of(person))
    assert not AuditEntry.objects.filter(action="test.begun").exists()
