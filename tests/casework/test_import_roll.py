import json

import pytest
from django.core.management import CommandError, call_command

from casework.models import AuditEntry, CustodySpell, Person, RollImport
from tests import factories, rolls
from tests.conftest import ROOT

pytestmark = pytest.mark.django_db
SAMPLES = ROOT / "tests/data/rolls"


@pytest.fixture
def path(tmp_path):
    (tmp_path / "roll.json").write_bytes(rolls.make_roll(10))
    factories.prison()
    return tmp_path / "roll.json"


def run(capsys, *arguments, prison="LPI"):
    call_command("import_roll", *arguments, "--prison", prison)
    return capsys.readouterr().out


def test_import_roll_imports_and_says_what_changed(path, capsys):
    told = run(capsys, path)

    assert told.splitlines()[:3] == [
        "Imported.",
        "People on the roll: 10 (before: 0), unchanged: 0",
        "First reception: 10",
    ]
    assert CustodySpell.objects.on_roll().count() == 10
    row = RollImport.objects.get()
    assert (row.state, bytes(row.content), row.uploaded_by_id) == ("DONE", b"", 1)


def test_import_roll_prints_one_json_object(path, capsys):
    report = json.loads(run(capsys, path, "--json"))

    assert (report["on_file"], report["movements"]["FIRST_RECEPTION"]["count"], report["dry_run"]) == (10, 10, False)


def test_import_roll_dry_run_writes_nothing(path, capsys):
    before = AuditEntry.objects.count()

    told = run(capsys, path, "--dry-run")

    assert told.startswith("Nothing was changed: this is what would happen.\n")
    assert (Person.objects.count(), RollImport.objects.count(), AuditEntry.objects.count()) == (0, 0, before)


def test_import_roll_tells_of_wings_problems_and_people_elsewhere(path, capsys):
    people = rolls.make_people(3)
    people[0]["prisonId"], people[1]["cellLocation"], people[2]["prisonerNumber"] = "TRN", "Q-1-001", "A12"
    path.write_text(json.dumps(people))

    told = run(capsys, path)

    assert told.splitlines()[-3:] == [
        "Skipped, at TRN: 1",
        "No such wing here: Q (1 people)",
        "Row 3: “A12” is not a prison number.",
    ]


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_import_roll_refuses_a_roll_that_shrank_until_told_otherwise(path, capsys, dry):
    run(capsys, path)
    path.write_bytes(rolls.make_roll(8))

    with pytest.raises(CommandError, match=r"^The file has 8 people and 10 are here now\."):
        run(capsys, path, *dry)

    assert CustodySpell.objects.on_roll().count() == 10
    run(capsys, path, "--accept-shrink")
    assert CustodySpell.objects.on_roll().count() == 8


def test_import_roll_refuses_in_json_as_well(path, capsys):
    path.write_text("{}")

    with pytest.raises(CommandError) as error:
        run(capsys, path, "--json")

    assert json.loads(capsys.readouterr().out) == {"refusal": str(error.value)}
    assert RollImport.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "prison", "said"),
    [
        ("missing.json", "LPI", r"missing\.json cannot be read: No such file or directory\."),
        ("roll.json", "XXI", r"There is no prison XXI here\."),
    ],
)
def test_import_roll_refuses_in_one_sentence(path, capsys, name, prison, said):
    with pytest.raises(CommandError, match=said):
        run(capsys, path.parent / name, prison=prison)


@pytest.mark.parametrize(
    ("name", "prison", "on_file", "skipped"),
    [
        ("prisoner_search_active_in_full.json", "MDI", 1, {}),
        ("prisoner_search_page.json", "MDI", 3, {}),
        ("roll_csv_mtp_shape.csv", "LPI", 2, {"TRN": 1, "ZCH": 1}),
    ],
)
def test_import_roll_imports_the_samples_and_changes_nothing_the_second_time(capsys, name, prison, on_file, skipped):
    factories.prison(prison, "A prison")

    first = json.loads(run(capsys, SAMPLES / name, "--json", prison=prison))
    again = json.loads(run(capsys, SAMPLES / name, "--json", prison=prison))

    assert (first["on_file"], first["skipped"], Person.objects.count()) == (on_file, skipped, on_file)
    assert (again["unchanged"], again["movements"], again["changed"]) == (on_file, {}, [])
