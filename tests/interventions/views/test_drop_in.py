import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from casework.access import Role
from casework.models import AuditEntry, KeepApart, RegimeTime, Room
from interventions.models import Contact, Facilitator, GroupSession, Seat
from interventions.queries import drop_in as queries
from referrals.models import Referral
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(client):
    made = factories.user(full_name="Kay Worker")
    client.force_login(made)
    return made


@pytest.fixture
def session(worker):
    """A drop-in of this morning."""
    return factories.group_session(worker=worker, kind="DROP_IN", name="Friday drop-in", wing=factories.wing("D"))


def url(session):
    return reverse("interventions:drop_in", args=[session.pk])


def here(surname="Adams", number=None, **given):
    return factories.spell(factories.person(surname, **({"number": number} if number else {}), **given)).person


def send(client, session, *lines, button="save", **given):
    """Save the drop-in with ``lines``: who, what about, whether to refer."""
    sent = {"nonce": uuid.uuid4(), "version": session.version, "head_count": ""}
    for row, (who, words, refer) in enumerate(lines, 1):
        sent |= {f"who_{row}": who, f"words_{row}": words} | ({f"refer_{row}": "on"} if refer else {})
    return client.post(url(session), {**sent, button: "1", **given})


def said(client, response):
    """What the next page says of it, in order."""
    return [str(each) for each in client.get(response.url).context["messages"]]


def errors(response):
    return response.context["form"].errors


def test_names_become_contacts_and_new_ones_referrals(client, worker, session):
    known, new = here("Adams"), here("Brown")
    factories.case(known, spell=known.spells.get())

    send(
        client,
        session,
        (known.number.lower(), "Spoke to the nurse", False),
        (new.number, "Wants help with spice", True),
        head_count="19",
    )

    contacts = Contact.objects.order_by("person__surname_key")
    assert list(contacts.values_list("person", "type__code", "minutes", "note", "worker", "outcome")) == [
        (known.pk, "DROP_IN", 15, "Spoke to the nurse", worker.pk, "TOOK_PLACE"),
        (new.pk, "DROP_IN", 15, "Wants help with spice", worker.pk, "TOOK_PLACE"),
    ]
    referral = Referral.objects.get()
    assert (referral.person, referral.source.code, referral.reason) == (new, "DROP_IN", "Wants help with spice")
    session.refresh_from_db()
    assert (session.head_count, session.closed_at) == (19, None)
    page = client.get(url(session))
    assert [(seat.person, seat.has_case, bool(seat.waits_at)) for seat in page.context["came"]] == [
        (known, True, False),
        (new, False, True),
    ]
    assert AuditEntry.objects.filter(action="drop_in.written_down").count() == 1


def test_the_same_form_twice_is_one_contact_and_one_referral(client, session):
    person, nonce = here(), uuid.uuid4()

    for _ in range(2):
        send(client, session, (person.number, "", True), nonce=nonce)

    assert (Contact.objects.count(), Referral.objects.count(), Seat.objects.count()) == (1, 1, 1)
    assert Referral.objects.get().reason == "Came to Friday drop-in and asked to be seen."


def test_a_name_finds_whom_it_fits_alone(client, session):
    person = here("Robinson")
    here("Smith", number="A0001AA", forenames="Al")
    here("Smith", number="A0002AA", forenames="Bo")

    unclear = send(
        client, session, ("robinson", "", False), ("smith", "", False), ("Nobody", "", False), ("", "Words", False)
    )
    send(client, session, ("robinson", "", False))

    assert errors(unclear) == {
        "who_2": ["Several fit: Smith, Al A0001AA A-1-001; Smith, Bo A0002AA A-1-001. Enter the number."],
        "who_3": ["Nobody here has this number or name."],
        "who_4": ["Enter the prison number or the name."],
    }
    assert Contact.objects.get().person == person


def test_heads_are_counted_and_never_fewer_than_names(client, session):
    people = [here("Adams"), here("Brown")]
    named = [(person.number, "", False) for person in people]

    fewer = send(client, session, *named, head_count="1")
    wrong = send(client, session, head_count="-1")
    many = send(client, session, head_count="6000")
    uncounted = send(client, session, button="close")

    assert errors(fewer) == {"head_count": ["2 came by name, so it cannot be fewer."]}
    assert errors(wrong) == {"head_count": ["Give 0 or more."]}
    assert errors(many) == {"head_count": ["Give at most 300."]}
    assert errors(uncounted) == {"head_count": ["Count the heads before you close the drop-in."]}
    assert Contact.objects.count() == 0


def test_close_holds_it_and_names_can_still_come(client, worker, session):
    send(client, session, head_count="0", button="close")
    session.refresh_from_db()
    assert (session.state, session.closed_by, session.head_count) == (GroupSession.State.HELD, worker, 0)

    send(client, session, (here().number, "", False), head_count="1")
    assert Contact.objects.count() == 1


def test_another_count_meanwhile_is_told(client, session):
    send(client, session, head_count="12")

    told = send(client, session, head_count="13")
    assert errors(told) == {"head_count": ["Somebody else wrote 12 meanwhile. Say which is right."]}

    session.refresh_from_db()
    send(client, session, head_count="13")
    session.refresh_from_db()
    assert session.head_count == 13


def test_vulnerable_prisoners_and_the_others_are_told_at_once_and_written_down(client, worker, session):
    vulnerable, other = here("Adams"), here("Brown")
    factories.alert(vulnerable, code="VOP")
    theirs = factories.group_session(hour=8, minutes=45, kind="DROP_IN", audience="VULNERABLE", name="K wing drop-in")

    main = said(client, send(client, session, *[(person.number, "", False) for person in [vulnerable, other]]))
    own = said(client, send(client, theirs, (other.number, "", False)))

    assert main == [
        "Saved: 2 names.",
        "Act on this now. Adams, Sam: Is a vulnerable prisoner, and this session is for everybody else.",
    ]
    assert own == [
        "Saved: 1 name.",
        "Act on this now. Brown, Sam: Is not a vulnerable prisoner, and this session is for them only.",
    ]
    assert Contact.objects.count() == 3
    assert AuditEntry.objects.filter(action="drop_in.written_down").order_by("pk").first().detail["told"] == [
        vulnerable.pk
    ]
    assert "Adams, Sam: Is a vulnerable prisoner" in client.get(url(session)).text


def apart(one, other):
    first, second = sorted([one, other], key=lambda person: person.pk)
    given = {"scope": "ROOM", "reason": "THREAT", "said_by": "SO Sample", "from_on": factories.DAY}
    made = {"recorded_by": factories.user(), "recorded_at": timezone.now(), "prison": factories.prison()}
    return KeepApart.objects.create(person=first, other=second, **given, **made)


def test_two_who_are_kept_apart_are_told_with_names_to_those_who_plan_only(client, worker, session):
    one, other = here("Adams"), here("Brown")
    apart(one, other)
    send(client, session, (one.number, "", False))
    address = reverse("interventions:drop_in_name", args=[session.pk])

    typed = client.post(address, {"who_1": other.number}).text
    saved = said(client, send(client, session, (other.number, "", False)))
    page = client.get(url(session))

    assert "Cannot be in this room with somebody who is expected." in typed
    assert "Adams" not in typed
    assert saved[-1].startswith("Act on this now. Brown, Sam: Cannot be in this room")
    assert [(problem.seat, problem.finding.text) for problem in page.context["problems"]] == [
        (None, "Two who are expected here must not be in one room. Ask who plans the groups.")
    ]
    for person in [one, other]:  # or whoever is told of both knows which two
        assert "Cannot be" not in client.post(address, {"who_1": person.number}).text
    client.force_login(factories.user(Role.MANAGER, duties=["SCHEDULE"]))
    assert "Brown, Sam: Is kept apart from Sam Adams, who is expected." in client.get(url(session)).text


def test_of_a_drop_in_of_an_earlier_day_nobody_is_told_who_left_since(client, worker):
    before = factories.group_session(factories.DAY - timedelta(days=2), kind="DROP_IN", worker=worker)
    stay = factories.spell(factories.person("Adams"), received_on=factories.DAY - timedelta(days=30))
    factories.end(stay, ended_at=factories.at(hour=8), end="RELEASED")

    assert said(client, send(client, before, (stay.person.number, "", False))) == ["Saved: 1 name."]


def test_whoever_is_expected_is_on_the_page_and_is_written_down_in_his_place(client, worker, session):
    person = here("Adams")
    seat = factories.seat(session, person)

    assert client.get(url(session)).context["expected"] == [seat]
    send(client, session, (person.number, "", False))

    page = client.get(url(session))
    assert (page.context["expected"], page.context["came"]) == ([], [seat])


def test_wrong_name_is_taken_back_and_the_right_one_and_the_count_are_put_right(client, worker, session):
    wrong, right = here("Adams"), here("Brown")
    send(client, session, (wrong.number, "", True), head_count="41", button="close")
    contact = Contact.objects.get()

    client.post(reverse("interventions:withdraw", args=[contact.pk]), {"why": "It was Brown."})
    session.refresh_from_db()
    send(client, session, (right.number, "", False), head_count="14")
    again = send(client, session, (wrong.number, "", False), head_count="1")

    page = client.get(url(session))
    assert [seat.person for seat in page.context["came"]] == [right]
    assert "by Kay Worker: It was Brown." in page.text
    assert errors(again) == {"head_count": ["Somebody else wrote 14 meanwhile. Say which is right."]}
    session.refresh_from_db()
    assert session.head_count == 14
    last = AuditEntry.objects.filter(action="drop_in.written_down").order_by("pk").last()
    assert (last.detail["before"], last.detail["head_count"]) == (41, 14)
    assert Referral.objects.count() == 1


def test_whoever_is_on_the_list_already_or_elsewhere_is_refused(client, session):
    person, busy = here("Adams"), here("Brown")
    factories.seat(factories.group_session(name="SMART"), busy)
    send(client, session, (person.number, "", False))

    again = send(client, session, (person.number, "", False), (busy.number, "", False))

    assert errors(again) == {
        "who_1": ["Sam Adams is on the list already."],
        "who_2": ["Sam Brown is expected at SMART at this time. If they came here instead, take them off there first."],
    }


def test_before_it_begins_and_when_it_did_not_run_nobody_came(client, worker):
    coming = factories.group_session(hour=14, kind="DROP_IN")
    off = factories.group_session(kind="DROP_IN", state="CANCELLED", cancelled_why="OTHER_NOBODY")

    for session, text in [
        (coming, "This drop-in has not begun. Write it down when people come."),
        (off, "This drop-in did not run, so nobody can have come."),
    ]:
        refused = send(client, session, (here().number, "", False))
        assert refused.context["form"].non_field_errors() == [text]
        assert "data-pile" not in client.get(url(session)).text


def test_long_words_are_refused_beside_the_line(client, session):
    refused = send(client, session, (here().number, "x" * 100_000, False))

    assert errors(refused) == {"words_1": ["Shorten this to 500 characters. It has 100000."]}


def test_the_name_that_a_number_means_is_told_with_what_stands_against_it(client, session):
    person = here()
    factories.alert(person, code="VOP")
    address = reverse("interventions:drop_in_name", args=[session.pk])

    told = client.post(address, {"who_3": person.number}).text
    assert "Adams, Sam, A-1-001" in told
    assert "Is a vulnerable prisoner" in told
    assert "Nobody here" in client.post(address, {"who_3": "Zorro"}).text
    assert client.post(address, {"who_3": ""}).text.strip() == ""
    here("Adams", number="A0009AA")
    assert "2 people fit" in client.post(address, {"who_3": "adams"}).text
    assert client.get(address).status_code == 405


def opening(client, **given):
    times = RegimeTime.objects.get_or_create(
        prison=factories.prison(), name="PM", defaults={"starts_at": "13:30", "ends_at": "16:30"}
    )[0]
    sent = {"name": "Friday drop-in", "on": "16/10/2026", "regime_time": times.pk, "wing": "", "room": ""}
    return client.post(
        reverse("interventions:open_drop_in"), {**sent, "audience": "MAIN", "nonce": uuid.uuid4(), **given}
    )


def test_open_puts_a_drop_in_into_the_calendar_once(client, worker):
    nonce = uuid.uuid4()

    first, second = (opening(client, nonce=nonce) for _ in range(2))

    session = GroupSession.objects.get()
    assert first.url == second.url == url(session)
    assert timezone.localtime(session.period.lower).isoformat() == "2026-10-16T13:30:00+01:00"
    assert (session.kind, session.state, session.capacity) == ("DROP_IN", "CONFIRMED", 30)
    assert Facilitator.objects.get().worker == worker


def test_open_refuses_a_wing_that_does_not_fit_a_taken_room_and_oneself_twice(client, worker):
    wing = factories.wing("K", kind="VULNERABLE")
    room = Room.objects.create(prison=factories.prison(), name="3D association", capacity=25)
    factories.group_session(factories.DAY + timedelta(days=2), hour=14, room=room)

    assert errors(opening(client, wing=wing.pk)) == {"audience": ["K wing and this do not go together."]}
    assert errors(opening(client, room=room.pk)) == {"room": ["The room is taken at this time."]}
    opening(client)
    assert errors(opening(client)) == {"regime_time": ["The worker runs another session at this time."]}
    assert errors(opening(client, on="31/2/2026"))["on"] == ["Enter a date such as 27/3/2026."]
    for day in ["14/8/2026", "16/10/2027"]:
        told = {"on": ["Give a day of the last 60 days, or within a year from today."]}
        assert errors(opening(client, on=day)) == told
    assert GroupSession.objects.filter(kind="DROP_IN").count() == 1


def test_open_begins_with_what_the_last_one_was(client, worker):
    factories.group_session(kind="DROP_IN", name="K drop-in", audience="VULNERABLE", wing=factories.wing("K"))

    page = client.get(reverse("interventions:open_drop_in"))

    assert [page.context["form"][name].value() for name in ["name", "audience"]] == ["K drop-in", "VULNERABLE"]


def test_list_is_the_newest_first_and_paged_by_key(client, worker, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    third, second, first = (
        factories.group_session(factories.DAY - timedelta(days=n), kind="DROP_IN") for n in range(3)
    )
    factories.group_session()
    address = reverse("interventions:drop_ins")

    begin = client.get(address)
    after = client.get(address + begin.context["next_url"])

    assert [begin.context["page"].rows, after.context["page"].rows] == [[third, second], [first]]
    assert client.get(address, {"after": "x" * 50}).context["page"].rows == [third, second]


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_the_same_number_of_queries(client, worker, count, django_assert_num_queries):
    for number in range(count):
        factories.seat(factories.group_session(factories.DAY - timedelta(days=number), kind="DROP_IN"))

    with django_assert_num_queries(14):
        client.get(reverse("interventions:drop_ins"))


@pytest.mark.parametrize("count", [1, 3, 20])
def test_page_asks_the_same_number_of_queries(client, session, count, django_assert_num_queries):
    for number in range(count):
        contact = factories.contact(factories.case(spell=factories.spell(factories.person(f"Name{number}"))))
        factories.seat(session, contact.person, contact=contact)

    with django_assert_num_queries(35):
        client.get(url(session))


def test_empty_list_says_so(client, worker):
    assert "No drop-in yet" in client.get(reverse("interventions:drop_ins")).text


@pytest.mark.parametrize("name", ["drop_ins", "open_drop_in", "guests", "add_guest", "registers", "feedback_months"])
def test_pages_are_for_caseworkers(client, name):
    for role in [Role.ADMINISTRATOR, Role.AUDITOR, Role.PARTNER]:
        client.force_login(factories.user(role))
        assert client.get(reverse(f"interventions:{name}")).status_code == 403


def test_drop_in_of_another_prison_is_not_found_and_a_group_is_none(client, session):
    group = factories.group_session(hour=7, minutes=20)
    assert client.get(url(group)).status_code == 404
    assert client.get(reverse("interventions:register", args=[session.pk])).url == url(session)
    client.force_login(factories.user(prison=factories.prison("ACI", "Altcourse (HMP)")))
    assert client.get(url(session)).status_code == 404
