"""The pages of the drug-free unit and its compact."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from casework import context
from casework.access import Role
from casework.models import AuditEntry, User
from interventions.models import Breach, CompactSigned, CompactTerms, DrugTest, UnitReview, UnitStay
from tests import factories

pytestmark = pytest.mark.django_db
DAY = factories.DAY
ALTCOURSE = ("ACI", "Altcourse (HMP)")


@pytest.fixture
def worker(client):
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made


@pytest.fixture
def unit():
    return factories.unit(places=4)


def url(name, *args):
    return reverse(f"interventions:{name}", args=args)


def living(unit, cell="D-3-001", **given):
    stay = factories.unit_stay(state="LIVING", wing=unit, **given)
    factories.place(stay.person, cell, unit)
    return stay


def listed(action):
    return [entry.detail["people"] for entry in AuditEntry.objects.filter(action=action)]


def errors(response):
    return response.context["form"].errors


# The unit


def test_unit_shows_who_lives_there_by_cell_and_who_waits_oldest_first(client, worker, unit):
    factories.compact()
    second, first = living(unit, "D-3-010"), living(unit, "D-3-002", review_due=DAY - timedelta(days=1), test_due=DAY)
    later, older = factories.unit_stay(wing=unit), factories.unit_stay(wing=unit, asked_on=DAY - timedelta(days=20))

    response = client.get(url("unit"))

    page = response.context["page"]
    assert (page.living, page.waiting, page.differences) == ([first, second], [older, later], [])
    assert (page.free, page.over, page.reviews_late, page.tests_late) == (2, 0, 1, 0)
    assert listed("unit.listed") == [sorted(stay.person_id for stay in [first, second, older, later])]
    assert "D-3-002" in response.text
    assert "not a disciplinary charge" in response.text


def test_unit_counts_what_is_offered_and_what_is_too_many(client, worker):
    unit = factories.unit(places=1)
    living(unit)
    factories.unit_stay(wing=unit, state="OFFERED")

    page = client.get(url("unit")).context["page"]

    assert (page.free, page.over) == (-1, 1)


def test_unit_without_a_number_of_places_says_so(client, worker):
    living(factories.unit(places=None))

    response = client.get(url("unit"))

    assert response.context["page"].free is None
    assert "The settings do not say how many places there are." in response.text


def test_unit_tells_differences_from_the_roll(client, worker, unit):
    at_court = living(unit)
    factories.place(at_court.person, "", None, whereabouts="COURT")
    other_landing, gone = living(unit, "D-2-001"), living(unit)
    factories.end(gone.person.spells.get(), off_roll_on=DAY)
    waits, unknown = factories.unit_stay(wing=unit), factories.spell().person
    factories.place(waits.person, "D-3-004", unit)
    factories.place(unknown, "D-3-003", unit)
    elsewhere = factories.spell().person
    factories.place(elsewhere, "D-1-003", unit)

    found = client.get(url("unit")).context["page"].differences

    told = [(row.person, row.stay, row.place, row.lives_there) for row in found]
    assert sorted(told[:2], key=lambda row: row[0].pk) == [
        (other_landing.person, other_landing, "D-2-001", True),
        (gone.person, gone, "Not on the roll", True),
    ]
    assert told[2:] == [(unknown, None, "D-3-003", False), (waits.person, waits, "D-3-004", False)]


def test_unit_of_a_whole_wing_has_no_landing(client, worker):
    unit = factories.unit(landing="")
    living(unit, "D-2-001")

    assert client.get(url("unit")).context["page"].differences == []


def test_unit_is_chosen_among_several(client, worker, unit):
    other = factories.unit(code="E")
    stay = living(other, "E-3-001")

    pages = [client.get(url("unit"), {"wing": key}).context["page"] for key in [other.pk, "x", ""]]

    assert [page.wing for page in pages] == [other, unit, unit]
    assert pages[0].living == [stay]


def test_unit_that_is_not_there_is_said(client, worker):
    assert "This prison has no drug-free unit" in client.get(url("unit")).text
    person = factories.spell().person
    assert "This prison has no drug-free unit" in client.get(url("ask_for_place", person.pk)).text


@pytest.mark.parametrize("count", [1, 3, 40])
def test_unit_asks_the_same_number_of_queries(client, worker, unit, count, django_assert_num_queries):
    factories.compact()
    for number in range(count):
        living(unit, f"D-3-{number + 1:03d}", made_by=worker)
        factories.unit_stay(wing=unit, made_by=worker)

    with django_assert_num_queries(UNIT_QUERIES):
        client.get(url("unit"))


UNIT_QUERIES = 19


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.PARTNER])
def test_unit_and_peers_are_for_caseworkers(client, role):
    client.force_login(factories.user(role))

    assert [client.get(url(name)).status_code for name in ["unit", "peers", "peers_stopped"]] == [403, 403, 403]


PAGES = [
    "offer_place", "take_place_back", "join_unit", "sign_compact", "unit_dates", "leave_unit", "record_breach",
    "review_stay", "print_compact",
]  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_stay_pages_are_shown_audited_and_of_one_prison(client, worker, unit, name):
    stay = living(unit)

    assert client.get(url(name, stay.pk)).status_code == 200
    assert AuditEntry.objects.filter(action="unit.opened", person_id=stay.person_id).count() == 1
    client.force_login(factories.user(prison=factories.prison(*ALTCOURSE)))
    assert client.get(url(name, stay.pk)).status_code == 404
    client.force_login(factories.user(Role.ADMINISTRATOR))
    assert client.get(url(name, stay.pk)).status_code == 403


# From asking to leaving


def test_a_place_from_asking_to_leaving(client, worker, unit):
    terms, person = factories.compact(), factories.spell().person
    history = url("unit_history", person.pk)

    client.post(url("ask_for_place", person.pk), {"wing": unit.pk, "asked_on": "14/10/2026", "nonce": uuid4()})
    stay = UnitStay.objects.get()
    responses = [
        client.post(url("offer_place", stay.pk), {"offered_on": "14/10/2026"}),
        client.post(
            url("join_unit", stay.pk),
            {
                "joined_on": "14/10/2026",
                "terms": terms.pk,
                "signed_on": "14/10/2026",
                "review_due": "11/11/2026",
                "test_due": "",
            },
        ),
        client.post(
            url("record_breach", stay.pk),
            {"on": "14/10/2026", "what": "DRUGS", "response": "WARNING", "note": "Hooch", "nonce": uuid4()},
        ),
        client.post(
            url("review_stay", stay.pk),
            {
                "on": "14/10/2026",
                "agreed": "Stays",
                "next_on": "28/10/2026",
                "test_due": "20/10/2026",
                "nonce": uuid4(),
            },
        ),
        client.post(
            url("unit_dates", stay.pk), {"review_due": "29/10/2026", "test_due": "", "version": stay_version(stay)}
        ),
        client.post(url("leave_unit", stay.pk), {"left_on": "14/10/2026", "left_why": "OWN_WISH", "left_note": ""}),
    ]

    stay.refresh_from_db()
    assert [response.url for response in responses] == [history] * 6
    assert (stay.state, stay.compact, stay.review_due, stay.test_due) == (
        "LEFT",
        "2026-1",
        DAY + timedelta(days=15),
        None,
    )
    assert (Breach.objects.get().note, UnitReview.objects.get().agreed) == ("Hooch", "Stays")
    text = client.get(history).text
    assert "Own wish" in text
    assert "Hooch" in text


def stay_version(stay):
    stay.refresh_from_db()
    return stay.version


def test_ask_sent_twice_makes_one(client, worker, unit):
    person, sent = factories.spell().person, {"wing": unit.pk, "asked_on": "14/10/2026", "nonce": uuid4()}

    answers = [client.post(url("ask_for_place", person.pk), sent) for _ in range(2)]
    other = client.post(url("ask_for_place", person.pk), {**sent, "nonce": uuid4()})

    assert [answer.url for answer in answers] == [url("unit_history", person.pk)] * 2
    assert UnitStay.objects.count() == 1
    assert errors(other) == {"__all__": [f"{person.name} waits for a place, or has one, already."]}


@pytest.mark.parametrize(
    ("name", "sent", "found"),
    [
        ("offer_place", {"offered_on": "yesterday"}, {"offered_on": ["Enter a date such as 27/3/2026."]}),
        (
            "offer_place",
            {"offered_on": "15/10/2026"},
            {"offered_on": ["This day is still to come. Enter today or an earlier day."]},
        ),
        ("leave_unit", {"left_on": "14/10/2026", "left_why": ""}, {"left_why": ["Choose the reason"]}),
        (
            "leave_unit",
            {"left_on": "14/10/2026", "left_why": "WITHDREW", "left_note": "x" * 100_000},
            {"left_note": ["Shorten this to 200 characters. It has 100000."]},
        ),
    ],
)
def test_refusals_stand_beside_the_field_and_change_nothing(client, worker, unit, name, sent, found):
    stay = factories.unit_stay(wing=unit)

    response = client.post(url(name, stay.pk), sent)

    stay.refresh_from_db()
    assert (errors(response), stay.state, stay.version) == (found, "WAITING", 1)


def test_join_without_a_compact_says_who_writes_it(client, worker, unit):
    stay = factories.unit_stay(wing=unit)

    response = client.post(url("join_unit", stay.pk), {"joined_on": "14/10/2026", "signed_on": "14/10/2026"})

    assert errors(response)["terms"] == ["There is no compact yet. A manager writes the first one."]


def test_take_back_and_sign(client, worker, unit):
    offered, lives = factories.unit_stay(wing=unit, state="OFFERED"), living(unit)
    factories.compact()
    terms = factories.compact("2026-2", from_on=DAY)

    client.post(url("take_place_back", offered.pk), {"save": "x"})
    client.post(url("sign_compact", lives.pk), {"terms": terms.pk, "signed_on": "14/10/2026"})

    offered.refresh_from_db()
    lives.refresh_from_db()
    assert (offered.state, lives.compact) == ("WAITING", "2026-2")


def test_history_shows_the_versions_that_were_signed_before(client, worker, unit):
    factories.compact()
    stay = factories.unit_stay(wing=unit)
    terms, later = CompactTerms.objects.get(), factories.compact("2026-2", from_on=DAY - timedelta(days=2))
    joined = {"joined_on": "12/10/2026", "terms": terms.pk, "signed_on": "12/10/2026", "review_due": "9/11/2026"}
    client.post(url("join_unit", stay.pk), joined)
    client.post(url("sign_compact", stay.pk), {"terms": later.pk, "signed_on": "14/10/2026"})

    text = " ".join(client.get(url("unit_history", stay.person_id)).text.split())

    assert "Version 2026-2, signed on 14 October 2026. Before: version 2026-1, signed on 12 October 2026." in text


def test_dates_on_an_older_version_show_both(client, worker, unit):
    stay = living(unit)
    factories.end(stay, version=2, review_due=DAY)

    response = client.post(
        url("unit_dates", stay.pk), {"review_due": "20/10/2026", "test_due": "", "version": 1}
    )  # fmt: skip

    assert response.context["form"].theirs == {"review_due": "14/10/2026"}
    stay.refresh_from_db()
    assert stay.review_due == DAY


# Tests that the compact does not allow


def taken(stay, **given):
    """A test under the compact of ``stay``, on Monday the twelfth."""
    sampled = {"state": "SAMPLED", "sampled_at": factories.at(DAY - timedelta(days=2)), "result": "POSITIVE"}
    given = {**sampled, "groups": ["CANNABIS"], **given}
    return DrugTest.objects.create(
        person=stay.person, prison=stay.prison, kind="COMPACT", stay=stay, selected_on=DAY - timedelta(days=3),
        recorded_by=stay.made_by, recorded_at=factories.at(), **given,
    )  # fmt: skip


REFUSED = {"state": "REFUSED", "sampled_at": None, "result": "", "groups": []}
NEGATIVE = {"result": "NEGATIVE", "groups": []}


@pytest.fixture
def recorder(client):
    made = factories.user(duties=[User.Duty.TESTS])
    client.force_login(made)
    return made


def test_unit_shows_what_the_compact_does_not_allow_to_those_with_the_duty(client, worker, unit):
    positive, refused = taken(living(unit)), taken(living(unit), **REFUSED)
    taken(living(unit), **NEGATIVE)
    without = client.get(url("unit"))
    client.force_login(factories.user(duties=[User.Duty.TESTS]))

    response = client.get(url("unit"))

    assert without.context["tests"] == []
    assert "What came of it" not in without.text
    assert response.context["tests"] == [positive, refused]
    assert listed("unit.tests.listed") == [sorted([positive.person_id, refused.person_id])]
    assert f"{url('record_breach', positive.stay_id)}?test={positive.pk}" in response.text


@pytest.mark.parametrize(
    ("given", "filled"), [({}, ["POSITIVE", 2]), (REFUSED, ["MISSED_TEST", 3])], ids=["positive", "refused"]
)
def test_breach_of_a_test_is_filled_in_and_recorded_once(client, recorder, unit, given, filled):
    test = taken(living(unit), **given)
    page = f"{url('record_breach', test.stay_id)}?test={test.pk}"

    form = client.get(page).context["form"]
    sent = {"on": f"{form['on'].value():%d/%m/%Y}", "what": form["what"].value(), "nonce": form["nonce"].value()}
    for _ in range(2):
        assert client.post(page, {**sent, "response": "TALKED"}).status_code == 302

    breach = Breach.objects.get()
    assert [breach.what, (DAY - breach.on).days] == filled
    assert client.get(url("unit")).context["tests"] == []
    assert "Recorded as a breach" in client.get(url("unit_history", test.person_id)).text
    assert AuditEntry.objects.get(action="unit.breach_recorded").detail == {"stay": test.stay_id}


def test_breach_tells_nobody_without_the_duty_of_a_test(client, worker, unit):
    test = taken(living(unit))

    form = client.get(f"{url('record_breach', test.stay_id)}?test={test.pk}").context["form"]

    assert (form["what"].value(), form["on"].value()) == (None, DAY)
    assert not {"POSITIVE", "MISSED_TEST"} & dict(form.fields["what"].choices).keys()


def test_breach_that_came_of_a_test_is_read_by_those_with_the_duty_only(client, recorder, worker, unit):
    stay = living(unit)
    given = {"stay": stay, "person": stay.person, "prison": stay.prison, "recorded_by": recorder}
    for what in ["POSITIVE", "MISSED_TEST", "DRUGS"]:
        Breach.objects.create(what=what, response="TALKED", on=DAY, recorded_at=factories.at(), **given)
    factories.case(stay.person)  # which nobody holds: everybody's own work
    read = {}
    for user in [worker, recorder]:
        client.force_login(user)
        history = client.get(url("unit_history", stay.person_id)).context["stays"][0].breaches.all()
        timeline = client.get(reverse("reporting:person", args=[stay.person_id])).text.count("Breach of the compact")
        (row,) = client.get(url("unit")).context["page"].living
        with context.acting(user):
            read[user] = [[each.what for each in history], timeline, row.breach_count, Breach.objects.count()]

    assert read == {
        worker: [["DRUGS"], 1, 1, 1],
        recorder: [["DRUGS", "MISSED_TEST", "POSITIVE"], 3, 3, 3],
    }


@pytest.mark.parametrize("key", ["x", "0", ""])
def test_breach_of_a_test_that_is_none_is_not_filled_in(client, recorder, unit, key):
    stay = living(unit)
    taken(living(unit))

    assert client.get(f"{url('record_breach', stay.pk)}?test={key}").context["form"]["what"].value() is None


def test_breach_before_a_test_does_not_answer_it(client, recorder, unit):
    test = taken(living(unit))
    given = {"person": test.person, "prison": test.prison, "recorded_by": recorder, "recorded_at": factories.at()}
    Breach.objects.create(stay=test.stay, on=DAY - timedelta(days=3), what="POSITIVE", response="TALKED", **given)
    Breach.objects.create(stay=test.stay, on=DAY, what="MISSED_TEST", response="TALKED", **given)

    assert client.get(url("unit")).context["tests"] == [test]


@pytest.mark.parametrize("count", [1, 3])
def test_unit_with_tests_asks_the_same_number_of_queries(client, recorder, unit, count, django_assert_num_queries):
    factories.compact()
    for number in range(count):
        taken(living(unit, f"D-3-{number + 1:03d}", made_by=recorder))

    with django_assert_num_queries(UNIT_QUERIES + 3):  # The tests, the breaches, the names in the trail.
        client.get(url("unit"))


# The person's page


def test_history_shows_tests_to_those_with_the_duty(client, worker, unit):
    stay = living(unit)
    DrugTest.objects.create(
        person=stay.person, prison=stay.prison, kind="COMPACT", stay=stay, selected_on=DAY, state="SAMPLED",
        sampled_at=factories.at(), result="NEGATIVE", recorded_by=worker, recorded_at=factories.at(),
    )  # fmt: skip
    page = url("unit_history", stay.person_id)

    assert "Negative" not in client.get(page).text
    assert "Tests are shown to those who record them" in client.get(page).text
    client.force_login(factories.user(duties=[User.Duty.TESTS]))
    assert "Negative" in client.get(page).text


@pytest.mark.parametrize("count", [1, 3])
def test_history_asks_the_same_number_of_queries(client, worker, unit, count, django_assert_num_queries):
    stay = living(unit, made_by=worker)
    for number in range(count):
        factories.unit_stay(stay.person, "LEFT", wing=unit, made_by=worker)
        made = {"stay": stay, "person": stay.person, "prison": stay.prison, "on": DAY, "recorded_by": worker}
        UnitReview.objects.create(agreed=f"Stays {number}", recorded_at=factories.at(), **made)
        Breach.objects.create(what="OTHER", response="TALKED", recorded_at=factories.at(), **made)
        signed = {name: made[name] for name in ["stay", "person", "prison", "on"]}
        CompactSigned.objects.create(version=f"2026-{number}", by=worker, at=factories.at(), **signed)

    with django_assert_num_queries(HISTORY_QUERIES):
        client.get(url("unit_history", stay.person_id))


HISTORY_QUERIES = 30


def test_history_offers_what_can_be_done_and_nothing_for_who_is_not_here(client, worker, unit):
    gone = factories.person()

    text = client.get(url("unit_history", gone.pk)).text

    assert "Never on the drug-free unit" in text
    assert "Ask for a place" not in text


# The compact


def test_write_takes_words_of_ours_into_use_and_then_the_next(client, unit):
    manager = factories.user(Role.MANAGER)
    client.force_login(manager)
    first = client.get(url("write_compact")).context["form"].initial
    sent = {**first, "nonce": uuid4()}

    preview = client.post(url("write_compact"), {**sent, "preview": "x"})
    client.post(url("write_compact"), sent)
    client.post(url("write_compact"), sent)
    late = client.post(url("write_compact"), {**sent, "told": "A: b", "nonce": uuid4()})

    assert "As the person reads it" in preview.text
    assert CompactTerms.objects.get().version == "2026-1"
    assert list(errors(late)) == ["__all__"]
    again = client.post(url("write_compact"), {"told": "A: b", "seen": "2026-1", "nonce": uuid4()})
    assert (again.url, CompactTerms.objects.count()) == (url("compacts"), 2)
    assert "2026-2" in client.get(url("compacts")).text


def test_write_wants_points(client):
    client.force_login(factories.user(Role.ADMINISTRATOR))

    response = client.post(url("write_compact"), {"told": "No colon", "seen": "", "nonce": uuid4()})

    assert "Point 1 needs what it is about" in errors(response)["told"][0]
    assert client.get(url("compacts")).status_code == 200


def test_keyworkers_do_not_write_the_compact_and_print_it(client, worker):
    factories.compact()

    assert [client.get(url(name)).status_code for name in ["compacts", "write_compact"]] == [403, 403]
    text = client.get(url("compact", "2026-1")).text
    assert "You give a sample when we ask." in text
    assert "my name and signature" in text
    assert client.get(url("compact", "2026-9")).status_code == 404


def test_print_compact_has_the_name_and_the_version_that_was_signed(client, worker, unit):
    factories.compact()
    factories.compact("2026-2", from_on=DAY, told="New: words")
    stay = living(unit)

    signed, newest = (client.get(url("print_compact", stay.pk), query) for query in [{"signed": 1}, {}])

    assert [page.context["terms"].version for page in [signed, newest]] == ["2026-1", "2026-2"]
    assert stay.person.number in newest.text
