"""What an import of a roll does to the rows, and that doing it twice does nothing."""

import json
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from casework.access import Role
from casework.formats.roll import RollRefused
from casework.models import (
    Alert,
    AuditEntry,
    Case,
    CustodySpell,
    FormerNumber,
    LegalStatus,
    Location,
    Movement,
    Person,
    ReleaseDate,
    RollImport,
    User,
)
from casework.operations import roll
from tests import factories, rolls

pytestmark = pytest.mark.django_db
State, End = RollImport.State, CustodySpell.End


def at(days=0):
    return factories.at() + timedelta(days=days)


def man(number="A0001AA", **changes):
    """A person of a roll with something of every kind."""
    return {
        "prisonerNumber": number,
        "bookingId": "77",
        "bookNumber": "1234A",
        "firstName": "SAM",
        "lastName": "O'TESTER",
        "dateOfBirth": "1985-04-03",
        "gender": "Male",
        "ethnicity": "White: Irish",
        "status": "ACTIVE IN",
        "inOutStatus": "IN",
        "lastMovementTypeCode": "ADM",
        "lastMovementReasonCode": "N",
        "prisonId": "LPI",
        "cellLocation": "A-1-002",
        "legalStatus": "REMAND",
        "receptionDate": "2026-09-01",
        "lastAdmissionDate": "2026-09-01",
        "conditionalReleaseDate": "2027-01-01",
        "pncNumber": "02/73319Z",
        "alerts": [{"alertType": "H", "alertCode": "HA", "active": True, "expired": False}],
    } | changes


def company(count=12, **changes):
    """Other people, so that one who is missing is not a shrunken roll."""
    return [man(f"B{index:04d}AA", bookingId=str(1000 + index), **changes) for index in range(count)]


def bring(*people, days=0, accept_shrink=False, by=None, prison=None):
    content = people[0] if isinstance(people[0], bytes) else json.dumps(people).encode()
    return roll.bring(
        prison=prison or factories.prison(),
        filename="roll.json",
        content=content,
        accept_shrink=accept_shrink,
        at=at(days),
        by=by or User.objects.system(),
    ).report


def moves(number="A0001AA"):
    rows = Movement.objects.filter(spell__person__number=number).order_by("pk")
    return [(row.kind, row.reason, row.detail) for row in rows]


def row_history():
    return AuditEntry.objects.filter(kind="ROW").exclude(target="casework_rollimport").count()


def test_bring_writes_somebody_new_with_every_dated_fact():
    wing = factories.wing("A")
    by = factories.user(Role.MANAGER)

    report = bring(man(), by=by)

    person = Person.objects.get()
    spell = CustodySpell.objects.get()
    location = Location.objects.get()
    assert (person.name, person.surname_key, person.forenames_key) == ("Sam O'Tester", "otester", "sam")
    assert (person.date_of_birth, person.sex, person.ethnicity) == (date(1985, 4, 3), "M", "W2")
    assert (person.pnc, person.prison_ids, person.version) == ("2002/0073319Z", [factories.prison().pk], 1)
    assert person.roll_values["surname"] == "O'Tester"
    assert person.roll_values["date_of_birth"] == "1985-04-03"
    assert (spell.person, spell.booking, spell.book_number) == (person, "77", "1234A")
    assert (spell.received_on, spell.off_roll_on, spell.ended_at) == (date(2026, 9, 1), None, None)
    assert (location.wing, location.cell, location.cell_key) == (wing, "A-1-002", "A-000001-000002")
    assert (location.whereabouts, location.from_at, location.until_at) == ("IN", at(), None)
    assert list(LegalStatus.objects.values_list("status", "until_at")) == [("REMAND", None)]
    assert list(ReleaseDate.objects.values_list("kind", "on", "recorded_by")) == [
        ("CONDITIONAL", date(2027, 1, 1), by.pk)
    ]
    assert list(Alert.objects.values_list("kind", "code", "until_at")) == [("H", "HA", None)]
    assert moves() == [("FIRST_RECEPTION", "N", "")]
    assert report["movements"] == {"FIRST_RECEPTION": {"count": 1, "numbers": ["A0001AA"]}}


def test_bring_is_audited_once_under_who_brought_it():
    by = factories.user(Role.MANAGER)

    bring(man(), by=by)

    done = AuditEntry.objects.filter(kind="OPERATION").order_by("pk")
    assert list(done.values_list("action", "by_id", "context")) == [
        ("roll.imported", by.pk, "system:1"),
        ("roll.brought", by.pk, "system:1"),
    ]
    assert done[0].detail == {"movements": {"FIRST_RECEPTION": 1}, "on_file": 1}


def test_bring_changes_nothing_the_second_time():
    people = [man(), *company()]
    bring(*people)
    before = row_history()

    report = bring(*people, days=1)

    assert row_history() == before
    assert (report["unchanged"], report["movements"], report["changed_count"]) == (13, {}, 0)


def test_bring_changes_nothing_the_second_time_with_a_roll_of_every_sort():
    content = rolls.make_roll(200)
    bring(content)
    before = row_history()

    report = bring(content, days=1)

    assert row_history() == before
    assert report["unchanged"] == 200


def test_bring_moves_a_cell_and_closes_the_old_place():
    factories.wing("A")
    other = factories.wing("B")
    bring(man())

    bring(man(cellLocation="B-2-017"), days=1)

    old, new = Location.objects.order_by("pk")
    assert (old.cell, old.until_at) == ("A-1-002", at(1))
    assert (new.cell, new.wing, new.from_at, new.until_at) == ("B-2-017", other, at(1), None)
    assert moves()[1:] == [("CELL_MOVE", "", "A-1-002 to B-2-017")]


def test_bring_names_wings_that_are_not_set_up_and_makes_none():
    report = bring(man())

    assert Location.objects.get().wing is None
    assert report["unknown_wings"] == {"A": 1}


def test_bring_finds_a_wing_that_was_set_up_later_without_a_new_place():
    bring(man())
    wing = factories.wing("a")

    bring(man(), days=1)

    assert Location.objects.get().wing == wing


def test_bring_keeps_somebody_at_court_on_the_roll():
    bring(man())

    bring(man(status="ACTIVE OUT", inOutStatus="OUT", lastMovementTypeCode="CRT", lastMovementReasonCode="CRT"), days=1)
    bring(man(lastMovementTypeCode="CRT", lastMovementReasonCode="CRT"), days=2)

    assert list(Location.objects.order_by("pk").values_list("whereabouts", "cell")) == [
        ("IN", "A-1-002"),
        ("COURT", "A-1-002"),
        ("IN", "A-1-002"),
    ]
    assert [kind for kind, _, _ in moves()] == ["FIRST_RECEPTION", "TO_COURT", "RETURN_FROM_COURT"]
    assert CustodySpell.objects.on_roll().count() == 1


def test_bring_keeps_somebody_out_for_a_while_on_the_roll():
    bring(man())

    bring(man(status="ACTIVE OUT", inOutStatus="OUT", lastMovementTypeCode="TAP"), days=1)

    assert Location.objects.get(until_at=None).whereabouts == "ABSENT"
    assert moves()[1][0] == "TEMPORARY_ABSENCE"


def test_bring_marks_who_is_missing_and_nothing_more():
    bring(man(), *company())

    report = bring(*company(), days=1)

    spell = CustodySpell.objects.get(person__number="A0001AA")
    assert (spell.off_roll_on, spell.ended_at, spell.end) == (at(1).date(), None, "")
    assert Location.objects.filter(spell=spell, until_at=None).count() == 1
    assert moves()[1:] == [("NOT_ON_ROLL", "", "")]
    assert report["movements"]["NOT_ON_ROLL"] == {"count": 1, "numbers": ["A0001AA"]}


def test_bring_does_not_mark_the_same_person_again():
    bring(man(), *company())
    bring(*company(), days=1)

    bring(*company(), days=2)

    assert CustodySpell.objects.get(person__number="A0001AA").off_roll_on == at(1).date()
    assert len(moves()) == 2


def test_bring_takes_the_mark_off_when_somebody_is_back():
    bring(man(), *company())
    bring(*company(), days=1)

    bring(man(), *company(), days=2)

    spell = CustodySpell.objects.get(person__number="A0001AA")
    assert (spell.off_roll_on, spell.ended_at) == (None, None)
    assert moves()[2:] == [("BACK_ON_ROLL", "", "")]


@pytest.mark.parametrize(
    ("row", "end", "kind", "reason", "detail"),
    [
        ({"lastMovementReasonCode": "CR"}, End.RELEASED, "RELEASED", "Conditional release", ""),
        ({"lastMovementReasonCode": "NG"}, End.RELEASED_COURT, "RELEASED", "Found not guilty", ""),
        (
            {"lastMovementReasonCode": "HP"},
            End.RELEASED_HOSPITAL,
            "RELEASED_TO_HOSPITAL",
            "Discharged to a psychiatric hospital",
            "",
        ),
        ({"lastMovementReasonCode": "DEC"}, End.DIED, "DIED", "Died", ""),
        ({"lastMovementReasonCode": "ESCP"}, End.OTHER, "ESCAPED", "Escaped", ""),
        (
            {"prisonId": "ACI", "status": "ACTIVE IN", "lastMovementTypeCode": "ADM", "lastMovementReasonCode": "INT"},
            End.TRANSFERRED,
            "TRANSFER_OUT",
            "From another prison",
            "To ACI",
        ),
        (
            {"prisonId": "TRN", "status": "INACTIVE TRN", "lastMovementTypeCode": "TRN", "lastMovementReasonCode": "X"},
            End.TRANSFERRED,
            "TRANSFER_OUT",
            "X",
            "",
        ),
    ],
)
def test_bring_ends_the_spell_where_the_file_says_why(row, end, kind, reason, detail):
    bring(man(), *company())
    gone = {"prisonId": "OUT", "status": "INACTIVE OUT", "lastMovementTypeCode": "REL", "cellLocation": ""}

    bring(man(**gone | row), *company(), days=1)

    spell = CustodySpell.objects.get(person__number="A0001AA")
    assert (spell.end, spell.end_reason, spell.ended_at, spell.ended_by_id) == (end, reason, at(1), 1)
    assert moves()[1:] == [(kind, reason, detail)]
    assert not Location.objects.filter(spell=spell, until_at=None).exists()
    assert not LegalStatus.objects.filter(spell=spell, until_at=None).exists()
    assert not ReleaseDate.objects.filter(spell=spell, superseded_at=None).exists()
    assert not Alert.objects.filter(person=spell.person, until_at=None).exists()


def test_bring_ends_the_spell_on_the_day_somebody_went_missing():
    bring(man(), *company())
    bring(*company(), days=1)

    bring(man(prisonId="OUT", status="INACTIVE OUT", lastMovementReasonCode="CR"), *company(), days=5)

    spell = CustodySpell.objects.get(person__number="A0001AA")
    assert timezone.localdate(spell.ended_at) == at(1).date()
    assert [kind for kind, _, _ in moves()] == ["FIRST_RECEPTION", "NOT_ON_ROLL", "RELEASED"]


def test_bring_leaves_an_open_case_to_people():
    bring(man(), *company())
    held = factories.case(Person.objects.get(number="A0001AA"), worker=factories.user())

    bring(man(prisonId="OUT", status="INACTIVE OUT", lastMovementReasonCode="CR"), *company(), days=1)

    assert Case.objects.open().get() == held


def test_bring_begins_a_new_spell_with_a_new_booking():
    bring(man())

    bring(man(bookingId="78", receptionDate="2026-10-15"), days=1)

    old, new = CustodySpell.objects.order_by("pk")
    assert (old.end, old.end_reason) == (End.OTHER, "A new booking began")
    assert (new.booking, new.received_on, new.ended_at) == ("78", date(2026, 10, 15), None)
    assert Location.objects.get(until_at=None).spell == new
    assert LegalStatus.objects.get(until_at=None).spell == new
    assert ReleaseDate.objects.get(superseded_at=None).spell == new
    assert Alert.objects.get().until_at is None


def test_bring_readmits_on_the_same_booking_after_a_release():
    bring(man(), *company())
    bring(man(prisonId="OUT", status="INACTIVE OUT", lastMovementReasonCode="CR"), *company(), days=1)

    bring(man(lastMovementReasonCode="L", lastAdmissionDate="2026-10-20"), *company(), days=8)

    assert [(s.booking, s.received_on, s.end) for s in CustodySpell.objects.filter(booking="77").order_by("pk")] == [
        ("77", date(2026, 9, 1), "RELEASED"),
        ("77", date(2026, 10, 20), ""),
    ]
    assert moves()[-1] == ("READMISSION", "Recalled from licence", "")
    assert Alert.objects.filter(person__number="A0001AA").count() == 2


def test_bring_receives_somebody_from_another_prison_and_lets_this_one_see_him():
    other = factories.prison("ACI", "Altcourse (HMP)")
    bring(man(prisonId="ACI"), prison=other)

    report = bring(man(lastMovementReasonCode="INT"), days=1)

    person = Person.objects.get()
    assert person.prison_ids == [other.pk, factories.prison().pk]
    assert "TRANSFER_IN" in report["movements"]
    assert CustodySpell.objects.current().count() == 2


def test_bring_does_not_move_the_dead():
    bring(man(), *company())
    bring(man(prisonId="OUT", status="INACTIVE OUT", lastMovementReasonCode="DEC"), *company(), days=1)
    before = row_history()

    report = bring(man(), *company(), days=2)

    assert row_history() == before
    assert report["movements"] == {"UNCLEAR": {"count": 1, "numbers": ["A0001AA"]}}
    assert report["problems"][-1]["text"] == "A0001AA is recorded as dead. Nothing was changed."


def test_bring_closes_and_opens_legal_status_release_dates_and_alerts():
    bring(man())

    bring(
        man(
            legalStatus="SENTENCED",
            conditionalReleaseDate="2027-02-02",
            alerts=[{"alertType": "V", "alertCode": "VU", "active": True, "expired": False}],
        ),
        days=1,
    )

    assert list(LegalStatus.objects.order_by("pk").values_list("status", "until_at")) == [
        ("REMAND", at(1)),
        ("SENTENCED", None),
    ]
    assert list(ReleaseDate.objects.order_by("pk").values_list("on", "superseded_at")) == [
        (date(2027, 1, 1), at(1)),
        (date(2027, 2, 2), None),
    ]
    assert list(Alert.objects.order_by("pk").values_list("code", "until_at")) == [("HA", at(1)), ("VU", None)]
    assert [kind for kind, _, _ in moves()] == ["FIRST_RECEPTION"]


def alerts(*codes):
    return {"alerts": [{"alertType": "H", "alertCode": code, "active": True, "expired": False} for code in codes]}


def noted(code, **given):
    """What staff noted by hand of the only person here."""
    worker = factories.user()
    return factories.alert(
        Person.objects.get(number="A0001AA"), code, source="HAND", said_by="Safer custody", recorded_by=worker, **given
    )


def open_alerts():
    return list(Alert.objects.open().order_by("code").values_list("code", "source"))


def test_bring_neither_ends_nor_duplicates_what_staff_noted_by_hand():
    bring(man(**alerts()))
    noted("WWPAIR")
    noted("TM")

    bring(man(**alerts("TM")), days=1)
    assert open_alerts() == [("TM", "HAND"), ("WWPAIR", "HAND")]

    bring(man(**alerts()), days=2)
    assert open_alerts() == [("TM", "HAND"), ("WWPAIR", "HAND")]
    assert Alert.objects.count() == 2


def test_bring_takes_over_what_staff_ended_if_the_roll_still_says_it():
    bring(man(**alerts("TM")))
    Alert.objects.update(until_at=at(0), source="HAND", said_by="Somebody", recorded_by=factories.user())

    bring(man(**alerts("TM")), days=1)

    assert open_alerts() == [("TM", "ROLL")]


def test_bring_has_an_acct_in_one_state_the_most_watchful():
    bring(man(**alerts("HA2", "HA")))
    assert open_alerts() == [("HA", "ROLL")]

    bring(man(**alerts("HA1", "HA2")), days=1)
    assert open_alerts() == [("HA1", "ROLL")]

    bring(man(**alerts()), days=2)
    assert open_alerts() == []


@pytest.mark.parametrize("still", [["HA2"], []])
def test_bring_leaves_an_acct_open_that_safer_custody_opened_while_the_roll_repeats_itself(still):
    bring(man(**alerts("HA2")))
    Alert.objects.update(until_at=at(0))
    noted("HA")

    bring(man(**alerts(*still)), days=1)

    assert open_alerts() == [("HA", "HAND")]


def test_bring_moves_an_acct_on_that_staff_noted_when_the_roll_has_news():
    bring(man(**alerts("HA")))
    Alert.objects.update(until_at=at(0))
    noted("HA1", from_at=at(0))
    bring(man(**alerts("HA")), days=1)
    assert open_alerts() == [("HA1", "HAND")]

    bring(man(**alerts("HA1")), days=2)
    bring(man(**alerts("HA")), days=3)

    assert open_alerts() == [("HA", "ROLL")]
    assert Alert.objects.get(source="HAND").until_at == at(3)


def test_bring_lets_notices_of_staff_outlast_the_stay_but_no_acct():
    bring(man(**alerts("TM")), *company(**alerts()))
    noted("WWPAIR", from_at=at(0))
    noted("HA", from_at=at(0))

    bring(man(prisonId="OUT", status="INACTIVE OUT", lastMovementReasonCode="CR", **alerts()), *company(), days=1)

    assert [row for row in open_alerts() if row[1] == "HAND"] == [("WWPAIR", "HAND")]


def test_bring_leaves_alone_what_the_file_does_not_cover():
    bring(man())
    report_columns = "NOMS Number,Offender Surname,Offender Given Name 1,Date of Birth,Establishment Code\n"

    before = row_history()
    report = bring((report_columns + "A0001AA,O'TESTER,SAM,3/4/1985,LPI\n").encode(), days=1)

    assert row_history() == before
    assert report["unchanged"] == 1


def test_bring_fills_in_a_booking_that_was_not_known():
    head = "NOMS Number,Offender Surname,Offender Given Name 1,Date of Birth,Establishment Code\n"
    bring((head + "A0001AA,O'TESTER,SAM,3/4/1985,LPI\n").encode())

    bring(man(), days=1)

    spell = CustodySpell.objects.get()
    assert (spell.booking, spell.received_on) == ("77", date(2026, 9, 1))
    assert Location.objects.get(until_at=None).cell == "A-1-002"


def test_bring_takes_over_what_the_roll_corrects():
    bring(man())

    report = bring(man(lastName="TESTER-SMITH"), days=1)

    person = Person.objects.get()
    assert (person.surname, person.surname_key, person.version) == ("Tester-Smith", "testersmith", 2)
    assert report["changed"] == [{"number": "A0001AA", "fields": ["surname"]}]


def test_bring_never_overrules_staff():
    bring(man())
    Person.objects.update(surname="O'Testre", date_of_birth=date(1984, 4, 3))
    again = bring(man(), days=1)

    changed = bring(man(lastName="TESTING"), days=2)

    person = Person.objects.get()
    assert (person.surname, person.date_of_birth) == ("O'Testre", date(1984, 4, 3))
    assert person.roll_values["surname"] == "Testing"
    assert again["kept"] == changed["kept"] == [{"number": "A0001AA", "fields": ["surname", "date of birth"]}]


def test_bring_follows_the_roll_again_once_it_agrees_with_staff():
    bring(man())
    Person.objects.update(surname="Testing")
    bring(man(lastName="TESTING"), days=1)

    bring(man(lastName="TESTINGTON"), days=2)

    assert Person.objects.get().surname == "Testington"


def test_bring_never_empties_a_field():
    bring(man())

    bring(man(pncNumber="", ethnicity="", dateOfBirth=""), days=1)

    person = Person.objects.get()
    assert (person.pnc, person.ethnicity, person.date_of_birth) == ("2002/0073319Z", "W2", date(1985, 4, 3))


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"dateOfBirth": "1999-01-01"}, "surname and date of birth"),
        ({"firstName": "ALEX"}, "surname and forenames"),
    ],
)
def test_bring_doubts_a_number_that_may_be_somebody_else(given, fields):
    bring(man())

    report = bring(man(lastName="EXAMPLE", **given), days=1)

    said = f"A0001AA changed {fields}. Please check the number."
    assert report["problems"] == [{"row": 0, "text": said, "skipped": False}]


def test_bring_refuses_a_roll_that_shrank():
    bring(*company(10))

    with pytest.raises(RollRefused, match=r"The file has 8 people and 10 are here now\."):
        bring(*company(8), days=1)

    assert CustodySpell.objects.on_roll().count() == 10


def test_bring_takes_nine_in_ten():
    bring(*company(10))

    bring(*company(9), days=1)

    assert CustodySpell.objects.on_roll().count() == 9


def test_bring_takes_a_shrunken_roll_that_somebody_accepted():
    bring(*company(10))

    bring(*company(2), days=1, accept_shrink=True)

    assert CustodySpell.objects.on_roll().count() == 2


def test_bring_refuses_a_roll_of_another_prison():
    with pytest.raises(RollRefused, match=r"Nobody in this file is on the roll of LPI \(1 at MDI\)\."):
        bring(man(prisonId="MDI"))

    assert RollImport.objects.count() == 0


def test_bring_skips_and_counts_those_elsewhere():
    report = bring(man(), man("A0002AA", prisonId="TRN"), man("A0003AA", prisonId="ZCH"))

    assert report["skipped"] == {"TRN": 1, "ZCH": 1}
    assert Person.objects.count() == 1


def test_bring_reports_numbers_that_are_none_by_row():
    report = bring(man(), man("A12"))

    assert report["problems"] == [{"row": 2, "text": "“A12” is not a prison number.", "skipped": True}]


def test_bring_says_of_a_merge_without_the_other_number_that_staff_must_look():
    bring(man(), *company())

    report = bring(
        man(prisonId="OUT", status="INACTIVE OUT", lastMovementReasonCode="MRG"),
        *company(),
        days=1,
    )

    assert CustodySpell.objects.get(person__number="A0001AA").off_roll_on == at(1).date()
    assert report["problems"][-1]["text"].startswith("A0001AA was given up in a merge, but")


MERGE = {"removedNomsNumber": "A0001AA", "nomsNumber": "A0002AA"}


def test_bring_gives_a_person_his_new_number():
    bring(man())

    report = bring(man("A0002AA", identifiers=[{"type": "MERGED", "value": "A0001AA"}]), days=1)

    person = Person.objects.get()
    assert person.number == "A0002AA"
    assert list(FormerNumber.objects.values_list("number", "person", "prison_ids")) == [
        ("A0001AA", person.pk, person.prison_ids)
    ]
    assert (report["merges"], report["unchanged"]) == ([["A0001AA", "A0002AA"]], 1)


def test_bring_remembers_a_number_that_was_merged_before_we_came():
    bring(man("A0002AA", identifiers=[{"type": "MERGED", "value": "A0001AA"}]))

    assert FormerNumber.objects.get().person.number == "A0002AA"


def test_bring_joins_two_records_and_changes_nothing_the_second_time():
    bring(man(), man("A0002AA", bookingId="78"), *company())
    people = [man("A0002AA", bookingId="78", identifiers=[{"type": "MERGED", "value": "A0001AA"}]), *company()]

    report = bring(*people, days=1)
    before = row_history()
    bring(*people, days=2)

    removed, kept = Person.objects.get(number="A0001AA"), Person.objects.get(number="A0002AA")
    assert removed.merged_into == kept
    assert (report["merges"], report["movements"]) == ([["A0001AA", "A0002AA"]], {})
    assert row_history() == before


def test_bring_takes_a_file_of_merges_without_emptying_the_prison():
    bring(man(), *company())

    bring({"eventType": "prisoner.merged", "additionalInformation": MERGE}, days=1)

    assert Person.objects.filter(number="A0002AA").count() == 1
    assert CustodySpell.objects.on_roll().count() == 13


def test_bring_knows_a_person_by_a_former_number():
    bring(man("A0002AA", identifiers=[{"type": "MERGED", "value": "A0001AA"}]))

    bring(man("A0001AA", cellLocation="A-2-001"), days=1)

    assert Person.objects.get().number == "A0002AA"
    assert Location.objects.get(until_at=None).cell == "A-2-001"


def test_bring_extends_former_numbers_to_the_next_prison():
    other = factories.prison("ACI", "Altcourse (HMP)")
    bring(man("A0002AA", prisonId="ACI", identifiers=[{"type": "MERGED", "value": "A0001AA"}]), prison=other)

    bring(man("A0002AA"), days=1)

    assert FormerNumber.objects.get().prison_ids == [other.pk, factories.prison().pk]


def test_bring_uses_one_row_of_a_person_who_stands_under_both_numbers():
    bring(man("A0002AA", identifiers=[{"type": "MERGED", "value": "A0001AA"}]))

    report = bring(man("A0002AA"), man("A0001AA"), days=1)

    assert report["problems"][-1]["text"] == "A0001AA is a former number of somebody else in the file."


def test_bring_tells_apps_above_who_left(monkeypatch):
    bring(man(), *company())
    told = []
    monkeypatch.setattr(roll.events.spells_ended, "send", lambda **kept: told.append(kept))

    bring(man(prisonId="OUT", status="INACTIVE OUT", lastMovementReasonCode="CR"), *company(), days=1)
    bring(man(bookingId="79"), *company(), days=2)

    assert [[spell.person.number for spell in kept["spells"]] for kept in told] == [["A0001AA"]]


def import_of(count):
    people = [
        man(person["prisonerNumber"], **{**person, "alerts": man()["alerts"]}) for person in rolls.make_people(count)
    ]
    return json.dumps(people).encode()


@pytest.mark.parametrize("count", [1, 3, 1300])
def test_bring_asks_the_same_number_of_questions_however_long_the_roll(count):
    factories.prison()
    content = import_of(count)

    with CaptureQueriesContext(connection) as new:
        bring(content)
    with CaptureQueriesContext(connection) as unchanged:
        bring(content, days=1)

    assert CustodySpell.objects.on_roll().count() == count
    assert (len(new), len(unchanged)) == (21, 17)


@pytest.mark.parametrize("count", [1, 3, 1300])
def test_bring_asks_the_same_number_of_questions_when_everybody_changes(count):
    bring(import_of(count))
    wing = factories.wing("Z")
    people = json.loads(import_of(count))
    for person in people:
        person |= {"cellLocation": "Z-1-001", "firstName": "ALEX", "legalStatus": "RECALL", "alerts": []}
        person |= {"bookingId": "9" + person["bookingId"]}

    with CaptureQueriesContext(connection) as changed:
        bring(json.dumps(people).encode(), days=1)

    assert Location.objects.filter(until_at=None, wing=wing).count() == count
    assert len(changed) == 31


def uploaded(*people, by=None, days=0, **given):
    return roll.upload(
        prison=factories.prison(),
        filename="roll.json",
        content=json.dumps(people).encode(),
        by=by or factories.user(Role.MANAGER),
        at=at(days),
        nonce=given.pop("nonce", "6f1c7b52-6a83-4f0e-9c7e-0d1c3f1d7a10"),
    )


def stepped(row, days=0):
    system = User.objects.system()
    if roll.begin(import_id=row.pk, by=system):
        roll.proceed(import_id=row.pk, at=at(days), by=system)
    row.refresh_from_db()
    return row


def test_upload_keeps_one_file_of_a_form_sent_twice():
    first = uploaded(man())

    assert uploaded(man(), by=first.uploaded_by) == first
    assert AuditEntry.objects.filter(action="roll.uploaded").count() == 1


def test_proceed_previews_without_touching_anybody():
    row = uploaded(man())
    before = row_history()

    stepped(row)

    assert (row.state, row.progress, row.attempts, row_history()) == (State.PREVIEWED, 50, 1, before)
    assert row.report["movements"] == {"FIRST_RECEPTION": {"count": 1, "numbers": ["A0001AA"]}}
    assert bytes(row.content) != b""


def test_proceed_previews_a_merge_as_it_will_come_out():
    bring(man(), man("A0002AA", bookingId="78"), *company())
    people = [man("A0002AA", bookingId="78", identifiers=[{"type": "MERGED", "value": "A0001AA"}]), *company()]
    row = stepped(uploaded(*people, days=1))
    preview = row.report

    roll.confirm(import_id=row.pk, accept_shrink=False, by=row.uploaded_by)
    stepped(row, days=1)

    assert row.report | {"here_before": 0} == preview | {"here_before": 0}


def test_proceed_imports_what_was_confirmed_and_empties_the_file():
    row = stepped(uploaded(man()))
    roll.confirm(import_id=row.pk, accept_shrink=False, by=row.uploaded_by)

    stepped(row)

    assert (row.state, row.progress, bytes(row.content), row.finished_at) == (State.DONE, 100, b"", at())
    assert CustodySpell.objects.on_roll().count() == 1
    assert ReleaseDate.objects.get().recorded_by == row.uploaded_by


def test_proceed_does_nothing_twice():
    row = stepped(uploaded(man()))
    roll.confirm(import_id=row.pk, accept_shrink=False, by=row.uploaded_by)
    stepped(row)
    before = AuditEntry.objects.count()

    roll.proceed(import_id=row.pk, at=at(), by=User.objects.system())

    assert (AuditEntry.objects.count(), roll.begin(import_id=row.pk, by=User.objects.system())) == (before, None)


def test_proceed_refuses_a_file_that_is_no_roll_and_empties_it():
    row = uploaded(man(prisonId="MDI"))

    stepped(row)

    assert (row.state, bytes(row.content)) == (State.REFUSED, b"")
    assert row.report == {"refusal": "Nobody in this file is on the roll of LPI (1 at MDI)."}


def test_begin_gives_up_after_five_attempts():
    row = uploaded(man())

    counted = [bool(roll.begin(import_id=row.pk, by=User.objects.system())) for _ in range(6)]

    row.refresh_from_db()
    assert (counted, row.is_stuck, row.is_in_hand) == ([True] * 5 + [False], True, False)


def test_confirm_wants_a_shrunken_roll_accepted():
    bring(*company(10))
    row = stepped(uploaded(*company(2), days=1))

    with pytest.raises(ValidationError, match="Tick the box if that many people really left"):
        roll.confirm(import_id=row.pk, accept_shrink=False, by=row.uploaded_by)

    roll.confirm(import_id=row.pk, accept_shrink=True, by=row.uploaded_by)
    assert stepped(row, days=1).state == State.DONE


def test_confirm_refuses_a_roll_that_a_newer_one_overtook():
    row = stepped(uploaded(man()))
    bring(man(), days=1)

    with pytest.raises(ValidationError, match="A newer roll has been imported"):
        roll.confirm(import_id=row.pk, accept_shrink=False, by=row.uploaded_by)


def test_proceed_refuses_a_roll_that_a_newer_one_overtook_after_it_was_confirmed():
    row = stepped(uploaded(man()))
    roll.confirm(import_id=row.pk, accept_shrink=False, by=row.uploaded_by)
    bring(man(), days=1)

    stepped(row, days=1)

    assert (row.state, row.report["refusal"][:24]) == (State.REFUSED, "A newer roll has been im")


def test_confirm_refuses_what_was_not_previewed():
    with pytest.raises(ValidationError, match="not waiting to be confirmed"):
        roll.confirm(import_id=uploaded(man()).pk, accept_shrink=False, by=factories.user(Role.MANAGER))


def test_confirm_twice_is_once():
    row = stepped(uploaded(man()))

    for _ in range(2):
        roll.confirm(import_id=row.pk, accept_shrink=False, by=row.uploaded_by)

    assert AuditEntry.objects.filter(action="roll.confirmed").count() == 1


def test_cancel_empties_the_file():
    row = stepped(uploaded(man()))

    roll.cancel(import_id=row.pk, at=at(), by=row.uploaded_by)

    row.refresh_from_db()
    assert (row.state, bytes(row.content), row.report) == (State.CANCELLED, b"", {})
    assert Person.objects.count() == 0


def test_cancel_refuses_what_is_done():
    bring(man())

    with pytest.raises(ValidationError, match="cannot be cancelled any more"):
        roll.cancel(import_id=RollImport.objects.get().pk, at=at(), by=factories.user(Role.MANAGER))
