import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from casework.access import Role
from casework.models import AuditEntry, CustodySpell, Person, RollImport, User
from casework.operations import roll
from tests import factories, rolls

pytestmark = pytest.mark.django_db
ROLLS, UPLOAD, OFF_ROLL = (reverse(f"casework:{name}") for name in ("rolls", "upload_roll", "off_roll"))
State = RollImport.State
NONCE = "0b0d3f5e-9a63-4a0c-8a43-4b6e2b6f2d11"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(factories.at(hour=12))


@pytest.fixture
def manager(client):
    user = factories.user(Role.MANAGER)
    client.force_login(user)
    return user


def content(count=3, **given):
    return rolls.make_roll(count, **given)


def upload(client, data=None, name="roll.json", nonce=NONCE):
    file = SimpleUploadedFile(name, content() if data is None else data)
    return client.post(UPLOAD, {"roll": file, "nonce": nonce})


def step(row=None):
    system, row = User.objects.system(), row or RollImport.objects.get()
    roll.begin(import_id=row.pk, by=system)
    roll.proceed(import_id=row.pk, at=factories.at(hour=12), by=system)
    row.refresh_from_db()
    return row


def previewed(by=None, data=None, **given):
    row = roll.upload(
        prison=given.pop("prison", factories.prison()),
        filename="roll.json",
        content=data or content(),
        by=by or factories.user(Role.MANAGER),
        at=factories.at(hour=11),
        nonce=given.pop("nonce", NONCE),
    )
    return step(row)


def page(row, name="roll"):
    return reverse(f"casework:{name}", args=[row.pk])


def test_upload_roll_keeps_the_file_and_shows_how_far_it_is(client, manager):
    response = upload(client)

    row = RollImport.objects.get()
    assert (response.status_code, response.url) == (302, page(row))
    assert (row.filename, row.uploaded_by, row.state, bytes(row.content)) == (
        "roll.json",
        manager,
        State.UPLOADED,
        content(),
    )
    assert AuditEntry.objects.get(action="roll.uploaded").by_id == manager.pk
    assert "Reading the roll" in client.get(response.url).content.decode()


def test_upload_roll_twice_keeps_one(client, manager):
    first, second = upload(client), upload(client)

    assert second.url == first.url
    assert RollImport.objects.count() == 1


def test_upload_roll_nudges_the_worker_after_the_commit(
    client, manager, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr("casework.tasks.import_roll.apply_async", lambda **given: sent.append(given))

    with django_capture_on_commit_callbacks(execute=True):
        upload(client)

    assert [given["kwargs"] for given in sent] == [{"import_id": RollImport.objects.get().pk}]


def test_upload_roll_does_not_mind_a_broker_that_is_away(
    client, manager, monkeypatch, django_capture_on_commit_callbacks, caplog
):
    def away(**given):
        raise OSError("nobody listens")

    monkeypatch.setattr("casework.tasks.import_roll.apply_async", away)

    with django_capture_on_commit_callbacks(execute=True):
        response = upload(client)

    assert response.status_code == 302
    assert [record.levelname for record in caplog.records if record.name == "casework.gateways"] == ["WARNING"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"%PDF-1.7", "This is a spreadsheet or a document. Save it as CSV and bring that."),
        (b"", "The file is empty."),
        (content(prison="MDI"), "Nobody in this file is on the roll of LPI (3 at MDI)."),
        (content()[:-50], "It may be cut off."),
        (b"x" * (10 * 1024 * 1024 + 1), "The file is larger than 10.0\xa0MB. A roll is much smaller."),
    ],
    ids=["pdf", "empty", "other prison", "cut", "large"],
)
def test_upload_roll_refuses_a_wrong_file_beside_the_field_and_keeps_nothing(client, manager, data, said):
    response = upload(client, data)

    assert len(response.context["form"].errors["roll"]) == 1
    assert response.context["form"].errors["roll"][0].endswith(said)
    assert said.partition("(")[0] in response.content.decode()
    assert RollImport.objects.count() == 0


def test_upload_roll_wants_a_file(client, manager):
    response = client.post(UPLOAD, {"nonce": NONCE})

    assert response.context["form"].errors == {"roll": ["Choose the file that holds the roll."]}


def test_roll_goes_from_preview_to_result(client, manager):
    upload(client)
    row = step()
    preview = client.get(page(row)).content.decode()

    confirmed = client.post(page(row, "confirm_roll"))
    waiting = client.get(page(row)).content.decode()
    step(row)
    result = client.get(page(row)).content.decode()

    assert "This is a preview: nothing has been changed yet" in preview
    assert "First reception" in preview
    assert (confirmed.url, "Importing the roll" in waiting) == (page(row), True)
    assert ("What changed" in result, "Import this roll" in result) == (True, False)
    assert CustodySpell.objects.on_roll().count() == 3


def test_roll_names_people_to_those_who_may_see_them_and_says_so_in_the_trail(client, manager):
    previewed()
    roll.confirm(import_id=RollImport.objects.get().pk, accept_shrink=False, by=manager)
    row = step()

    shown = client.get(page(row)).content.decode()

    people = Person.objects.all()
    assert all(f"{person.number} {person.forenames}" in shown for person in people)
    entry = AuditEntry.objects.get(action="roll.listed")
    assert entry.detail == {"people": sorted(person.pk for person in people)}


def test_roll_shows_numbers_only_to_an_administrator(client):
    client.force_login(factories.user(Role.ADMINISTRATOR))
    row = previewed()

    response = client.get(page(row))

    assert (response.status_code, "A1000AA" in response.content.decode()) == (200, True)
    assert AuditEntry.objects.filter(action="roll.listed").count() == 0


def test_roll_asks_about_a_roll_that_shrank_and_takes_it_once_accepted(client, manager):
    roll.bring(
        prison=factories.prison(),
        filename="old.json",
        content=content(10),
        accept_shrink=False,
        at=factories.at(hour=9),
        by=User.objects.system(),
    )
    row = previewed(data=content(5))

    refused = client.post(page(row, "confirm_roll"))
    row.refresh_from_db()
    state = row.state
    accepted = client.post(page(row, "confirm_roll"), {"accept_shrink": "on"})

    assert "The file has 5 people and 10 are here now." in refused.content.decode()
    assert list(refused.context["form"].errors) == ["accept_shrink"]
    assert (state, accepted.status_code) == (State.PREVIEWED, 302)
    assert step(row).state == State.DONE


def test_roll_does_not_ask_about_a_roll_that_did_not_shrink(client, manager):
    response = client.get(page(previewed()))

    assert list(response.context["form"].fields) == []


def test_confirm_roll_shows_a_refusal(client, manager):
    row = previewed()
    roll.bring(
        prison=row.prison,
        filename="newer.json",
        content=content(),
        accept_shrink=False,
        at=factories.at(hour=12),
        by=User.objects.system(),
    )

    response = client.post(page(row, "confirm_roll"))

    row.refresh_from_db()
    assert "A newer roll has been imported since this one was uploaded." in response.content.decode()
    assert row.state == State.PREVIEWED


def test_roll_shows_why_it_was_refused(client, manager):
    row = previewed(data=content(prison="MDI"))

    assert "Nobody in this file is on the roll of LPI (3 at MDI)." in client.get(page(row)).content.decode()


def test_roll_says_that_it_is_stuck(client, manager):
    row = previewed()
    RollImport.objects.filter(pk=row.pk).update(state=State.CONFIRMED, attempts=5)

    assert "This roll could not be processed" in client.get(page(row)).content.decode()


def test_cancel_roll_puts_it_away(client, manager):
    row = previewed()

    response = client.post(page(row, "cancel_roll"))

    row.refresh_from_db()
    assert (response.url, row.state, bytes(row.content)) == (ROLLS, State.CANCELLED, b"")
    assert "Cancelled: nothing was imported" in client.get(page(row)).content.decode()


def test_cancel_roll_says_when_it_is_too_late(client, manager):
    row = previewed()
    roll.confirm(import_id=row.pk, accept_shrink=False, by=manager)
    step(row)

    response = client.post(page(row, "cancel_roll"), follow=True)

    assert "This roll cannot be cancelled any more." in response.content.decode()


def test_roll_progress_shows_the_bar_and_then_has_the_page_loaded_again(client, manager):
    upload(client)
    row = RollImport.objects.get()

    waiting = client.get(page(row, "roll_progress"), headers={"HX-Request": "true"})
    step(row)
    done = client.get(page(row, "roll_progress"), headers={"HX-Request": "true"})
    plain = client.get(page(row, "roll_progress"))

    assert f'hx-get="{page(row, "roll_progress")}"' in waiting.content.decode()
    assert (done.headers["HX-Refresh"], plain.url) == ("true", page(row))


@pytest.mark.parametrize("count", [1, 3])
def test_rolls_asks_the_same_number_of_queries(client, manager, count, django_assert_num_queries):
    for _ in range(count):
        previewed(nonce=_nonce())

    with django_assert_num_queries(14):
        response = client.get(ROLLS)

    assert len(response.context["imports"]) == count


def _nonce():
    return RollImport(pk=None).nonce


def test_rolls_pages_by_key(client, manager, monkeypatch):
    monkeypatch.setattr("casework.views.roll.PAGE", 1)
    older, newer = previewed(nonce=_nonce()), previewed(nonce=_nonce())

    first = client.get(ROLLS)
    second = client.get(ROLLS, {"before": first.context["older"]})

    assert (list(first.context["imports"]), list(second.context["imports"])) == ([newer], [older])
    assert second.context["older"] is None


def test_rolls_shows_what_the_system_brought(client, manager):
    roll.bring(
        prison=factories.prison(),
        filename="night.json",
        content=content(),
        accept_shrink=False,
        at=factories.at(),
        by=User.objects.system(),
    )

    shown = client.get(ROLLS).content.decode()

    assert ("night.json" in shown, "Wingwalk" in shown) == (True, True)


@pytest.mark.parametrize("name", ["roll", "confirm_roll", "cancel_roll", "roll_progress"])
def test_another_prison_finds_no_roll(client, name):
    row = previewed()
    client.force_login(factories.user(Role.MANAGER, prison=factories.prison("ACI", "Altcourse (HMP)")))
    ask = client.post if name in ("confirm_roll", "cancel_roll") else client.get

    assert ask(page(row, name)).status_code == 404


@pytest.mark.parametrize("role", [Role.KEYWORKER, Role.PARTNER, Role.AUDITOR])
@pytest.mark.parametrize("name", ["rolls", "upload_roll", "roll", "confirm_roll", "cancel_roll", "roll_progress"])
def test_other_roles_are_refused(client, role, name):
    row = previewed()
    client.force_login(factories.user(role))
    address = reverse(f"casework:{name}", args=[] if name in ("rolls", "upload_roll") else [row.pk])
    ask = client.post if name in ("confirm_roll", "cancel_roll") else client.get

    assert ask(address).status_code == 403
    assert AuditEntry.objects.filter(action="refused.403").count() == 1


# People off the roll


@pytest.fixture
def keyworker(client):
    user = factories.user()
    client.force_login(user)
    return user


def missing(days=1, **given):
    return factories.spell(off_roll_on=factories.DAY - timedelta(days=days), **given)


def confirm_page(spell):
    return reverse("casework:confirm_departure", args=[spell.pk])


def test_off_roll_lists_the_longest_missing_first_and_says_so_in_the_trail(client, keyworker):
    later, first = missing(1), missing(3)
    factories.spell()
    factories.case(spell=first, worker=keyworker)

    response = client.get(OFF_ROLL)

    assert list(response.context["missing"]) == [first, later]
    assert [spell.worker for spell in response.context["missing"]] == [keyworker.full_name, None]
    assert [spell.cell for spell in response.context["missing"]] == ["A-1-001", "A-1-001"]
    entry = AuditEntry.objects.get(action="roll.off.listed")
    assert entry.detail == {"people": sorted([first.person_id, later.person_id])}


def test_off_roll_pages_by_key(client, keyworker, monkeypatch):
    monkeypatch.setattr("casework.views.roll.PAGE", 2)
    spells = [missing(3), missing(2), missing(2)]

    first = client.get(OFF_ROLL)
    second = client.get(OFF_ROLL, {"after": first.context["after"]})
    odd = client.get(OFF_ROLL, {"after": "no"})

    assert list(first.context["missing"]) == spells[:2]
    assert (list(second.context["missing"]), second.context["after"]) == (spells[2:], None)
    assert list(odd.context["missing"]) == spells[:2]


@pytest.mark.parametrize("count", [1, 3])
def test_off_roll_asks_the_same_number_of_queries(client, keyworker, count, django_assert_num_queries):
    for _ in range(count):
        missing()

    with django_assert_num_queries(16):
        response = client.get(OFF_ROLL)

    assert len(response.context["missing"]) == count


def test_confirm_departure_ends_the_spell_and_records_the_opening(client, keyworker):
    spell = missing()

    shown = client.get(confirm_page(spell))
    response = client.post(confirm_page(spell), {"meaning": "RELEASED_COURT", "on": "13/10/2026"})

    spell.refresh_from_db()
    assert shown.context["form"].initial == {"on": spell.off_roll_on}
    assert (response.url, spell.end, spell.ended_by) == (OFF_ROLL, "RELEASED_COURT", keyworker)
    actions = AuditEntry.objects.filter(person_id=spell.person_id, kind__in=["READ", "OPERATION"]).order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "person.opened",
        "person.opened",
        "custody.departure_confirmed",
    ]


def test_confirm_departure_ends_waiting_referrals_as_a_keyworker(client, keyworker):
    spell = missing()
    referral = factories.referral(spell=spell)

    client.post(confirm_page(spell), {"meaning": "TRANSFERRED", "on": "13/10/2026"})

    referral.refresh_from_db()
    assert referral.triage.outcome == "LEFT"


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"on": "13/10/2026"}, "meaning", "Choose what happened."),
        (
            {"meaning": "RELEASED", "on": "15/10/2026"},
            "on",
            "Give a day between 14 September 2026, when the person came, and today.",
        ),
        ({"meaning": "RELEASED"}, "on", "Enter the day."),
    ],
)
def test_confirm_departure_shows_a_refusal_beside_its_field(client, keyworker, given, field, said):
    spell = missing()

    response = client.post(confirm_page(spell), given)

    spell.refresh_from_db()
    assert response.context["form"].errors == {field: [said]}
    assert spell.ended_at is None


def test_confirm_departure_twice_says_who_was_first(client, keyworker):
    spell = missing()
    client.post(confirm_page(spell), {"meaning": "RELEASED", "on": "13/10/2026"})

    response = client.post(confirm_page(spell), {"meaning": "DIED", "on": "13/10/2026"})

    spell.refresh_from_db()
    assert "This person is no longer missing from the roll" in response.content.decode()
    assert spell.end == "RELEASED"


def test_confirm_departure_hides_another_prison(client, keyworker):
    spell = missing(prison=factories.prison("ACI", "Altcourse (HMP)"))

    assert client.get(confirm_page(spell)).status_code == 404


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PARTNER, Role.AUDITOR])
def test_other_roles_do_not_see_who_is_missing(client, role):
    spell = missing()
    client.force_login(factories.user(role))

    assert [client.get(url).status_code for url in (OFF_ROLL, confirm_page(spell))] == [403, 403]


def test_report_holds_no_names_and_no_birthdays():
    people = rolls.make_people(3)

    text = json.dumps(previewed(data=json.dumps(people).encode()).report)

    secrets = [person[name] for person in people for name in ("lastName", "dateOfBirth")]
    assert [secret for secret in secrets if secret.lower() in text.lower()] == []
