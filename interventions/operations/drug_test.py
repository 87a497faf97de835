"""Drug tests: the lists of a month drawn, other tests added, and what came of each (domain.md 2.6, 8.3)."""

import uuid

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from casework import audit, events
from casework.models import CustodySpell
from interventions.formats import drug_tests
from interventions.models import DrugTest, TestList, UnitStay
from interventions.models.drug_test import MOVES, STANDS_FOR

Kind, Part, Standing = DrugTest.Kind, DrugTest.Part, DrugTest.Standing
POSITIVE = (Standing.POSITIVE, Standing.MITIGATED)
KEYS = ["person", "prison", "test_list", "stay", "recorded_by"]
TAKEN = "There is a list for this month already. It is fixed once it is drawn."


@transaction.atomic
def draw(*, month, population, percent, main, reserve, by, nonce):
    """Write down the lists of ``month``: ``main`` and ``reserve`` are people in the order of their numbers. They stay as they are.

    ValidationError where there is a list already, somebody stands on it twice, or the main list is not as long as the percentage says.
    """
    if made := TestList.objects.made_once(nonce):
        return made
    size = drug_tests.size(population, percent)
    if len(main) != size:
        so_many = f"{percent} % of {population} is {size}, and the main list has {len(main)}"
        raise ValidationError(f"{so_many}. Correct the number of people held, or the list.", code="size")
    if len({person.pk for person in [*main, *reserve]}) < len(main) + len(reserve):
        raise ValidationError("Somebody stands on the lists twice.", code="twice")
    given = {"prison": by.prison, "made_by": by, "made_at": timezone.now()}
    row = TestList(month=month, population=population, percent=percent, nonce=nonce, **given)
    if TestList.objects.filter(prison=by.prison, month=month).exists():
        raise ValidationError(TAKEN, code="drawn")
    row.full_clean()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:  # Somebody else drew it in the same moment.
        raise ValidationError(TAKEN, code="drawn") from None
    DrugTest.objects.bulk_create(
        DrugTest(
            person=person,
            prison=by.prison,
            kind=Kind.RANDOM,
            test_list=row,
            part=part,
            number=number,
            selected_on=month,
            recorded_by=by,
            recorded_at=row.made_at,
            nonce=uuid.uuid5(nonce, f"{part} {number}"),
        )
        for part, drawn in [(Part.MAIN, main), (Part.RESERVE, reserve)]
        for number, person in enumerate(drawn, start=1)
    )
    audit.record(by=by, action="test_list.drawn", target=row, month=month, main=len(main), reserve=len(reserve))
    return row


@transaction.atomic
def add(*, people, kind, selected_on, by, nonce):
    """Choose ``people`` for tests of another kind than random, all or none. Compact-based ones belong to the stay on the unit."""
    if DrugTest.objects.made_once(nonce):
        return list(DrugTest.objects.filter(nonce__in=[nonce, *_nonces(nonce, len(people))]))
    if selected_on > timezone.localdate():
        raise ValidationError({"selected_on": "This day is in the future."})
    if kind == Kind.RANDOM:
        raise ValidationError({"kind": "Random tests come from the list of the month."})
    stays = {}
    if kind == Kind.COMPACT:
        living = UnitStay.objects.filter(state=UnitStay.State.LIVING, prison=by.prison, person__in=people)
        stays = {stay.person_id: stay for stay in living}
    made = []
    for person, own in zip(people, [nonce, *_nonces(nonce, len(people) - 1)], strict=True):
        if kind == Kind.COMPACT and person.pk not in stays:
            raise ValidationError(f"{person.name} does not live on the drug-free unit.", code="no_stay")
        made.append(
            DrugTest(
                person=person,
                prison=by.prison,
                kind=kind,
                stay=stays.get(person.pk),
                selected_on=selected_on,
                recorded_by=by,
                recorded_at=timezone.now(),
                nonce=own,
            )
        )
    for row in made:
        row.clean_fields(exclude=KEYS)
    DrugTest.objects.bulk_create(made)
    audit.record(by=by, action="drug_test.added", prison=by.prison, kind=kind, tests=[row.pk for row in made])
    return made


@transaction.atomic
def record(*, test, to, by, sampled_at=None, unable_why="", groups=(), mitigation=""):
    """Take ``test`` one step on, to the standing ``to``; the same again changes nothing. ValidationError for a step that is none.

    Somebody who cannot be tested calls up the reserve with the lowest number. A positive makes a referral where the prison says so.
    What came of it is not for the trail: that is read by people who may not know whose result it is.
    """
    row, to = _held(test), Standing(to)
    # What is found stays found when an explanation or a charge follows.
    groups = list(groups) if to in POSITIVE and groups else list(row.groups)
    given = {
        "sampled_at": sampled_at if to == Standing.SAMPLED else row.sampled_at,
        "unable_why": unable_why if to == Standing.UNABLE else "",
        "groups": groups,
        "mitigation": mitigation if to == Standing.MITIGATED else "",
    }
    if row.standing == to and all(getattr(row, name) == value for name, value in given.items()):
        return row
    _check(row, to, **given)
    row.state, row.result, row.adjudicated = STANDS_FOR[to]
    for name, value in given.items():
        setattr(row, name, value)
    row.recorded_by, row.recorded_at = by, timezone.now()
    row.version += 1
    if to == Standing.POSITIVE and row.kind in row.prison.test_referral_kinds and _refer(row, by):
        row.referred_at = row.recorded_at
    row.clean_fields(
        exclude=KEYS
    )  # The rules between the fields are kept by what was checked, and by the table itself.
    row.save()
    called_up = _call_up(row) if to == Standing.UNABLE and row.test_list_id else None
    audit.record(by=by, action="drug_test.recorded", target=row, called_up=called_up)
    return row


@transaction.atomic
def record_several(*, steps, by):
    """Take many tests one step on, all or none. A step: ``test``, ``field`` (named where it is refused) and what ``record`` is given."""
    made, errors = [], {}
    for step in steps:
        given = {name: value for name, value in step.items() if name != "field"}
        try:
            with transaction.atomic():
                made.append(record(by=by, **given))
        except ValidationError as error:
            errors[step["field"]] = error.messages
    if errors:
        raise ValidationError(errors)
    audit.record(by=by, action="drug_test.several_recorded", prison=by.prison, tests=[row.pk for row in made])
    return made


@transaction.atomic
def move(*, removed, kept, journal, by):
    """Two numbers are one person: his tests move to the one that is kept. The lists of a month stay as they were drawn."""
    moved = journal.change(DrugTest.objects.filter(person=removed), person=kept)
    audit.record(by=by, action="drug_test.moved", target=kept, removed=removed.pk, count=moved)


@transaction.atomic
def move_back(*, removed, kept, journal, by):
    """They are two people after all: what ``move`` changed is put back."""
    journal.put_back([DrugTest])
    journal.check([DrugTest], [removed, kept])
    audit.record(by=by, action="drug_test.moved_back", target=removed, kept=kept.pk)


def _nonces(nonce, count):
    return [uuid.uuid5(nonce, str(number)) for number in range(1, count + 1)]


def _held(test):
    """The test, locked; with it the list that it stands on, so that one reserve is not called up twice."""
    if test.test_list_id:
        TestList.objects.select_for_update(no_key=True).get(pk=test.test_list_id)
    rows = DrugTest.objects.select_for_update(no_key=True, of=["self"]).select_related("person", "prison", "test_list")
    return rows.get(pk=test.pk)


def _check(row, to, *, sampled_at, unable_why, groups, mitigation):
    if to not in MOVES[row.standing]:
        now = Standing(row.standing).label.lower()
        raise ValidationError(
            f"This test is recorded as “{now}”. From there it cannot be “{to.label.lower()}”.", "move"
        )
    if to not in row.steps:
        raise ValidationError("A compact is no order: what it does not allow is not adjudicated.", code="compact")
    _check_turn(row, to)
    if to == Standing.SAMPLED:
        _check_moment(row, sampled_at)
    if to == Standing.UNABLE and unable_why not in drug_tests.reasons():
        raise ValidationError({"unable_why": "Say why the test could not be made."})
    if to in POSITIVE and (not groups or set(groups) - drug_tests.groups().keys()):
        raise ValidationError({"groups": "Say which drugs were found."})
    if to == Standing.MITIGATED and not mitigation.strip():
        raise ValidationError({"mitigation": "Say what was prescribed, and who confirmed it."})


def _check_turn(row, to):
    """Reserves are tested when they are called up, and strictly in the order of their numbers."""
    if row.part != Part.RESERVE or to not in MOVES[Standing.SELECTED]:
        return
    if row.promoted_at is None:
        raise ValidationError(f"{row.place} is not called up: nobody before could not be tested.", code="not_called_up")
    before = DrugTest.objects.filter(test_list=row.test_list_id, part=Part.RESERVE, number__lt=row.number)
    before = before.filter(promoted_at__isnull=False, state=DrugTest.State.SELECTED).order_by("number").first()
    if before and to != Standing.UNABLE:
        raise ValidationError(f"{before.place} comes first: reserves are tested in their order.", code="turn")


def _check_moment(row, at):
    """A sample is taken in the past, from somebody who is here, and for a list in its month."""
    if at is None:
        raise ValidationError({"sampled_at": "Say when the sample was taken."})
    day, name = timezone.localdate(at), row.person.name
    if at > timezone.now():
        raise ValidationError({"sampled_at": "This is in the future. Record a sample when it was taken."})
    if row.test_list and day.replace(day=1) != row.test_list.month:
        raise ValidationError({"sampled_at": f"This list is for {row.test_list.month:%B %Y}."})
    if day < row.selected_on:
        raise ValidationError({"sampled_at": f"{name} was chosen for this test on {row.selected_on:%-d %B %Y}."})
    stays = CustodySpell.objects.filter(person=row.person, prison=row.prison, received_on__lte=day)
    if not stays.filter(Q(ended_at=None) | Q(ended_at__date__gte=day)).exists():
        raise ValidationError({"sampled_at": f"{name} was not here on {day:%-d %B %Y}."})


def _call_up(row):
    """The reserve with the lowest number takes the place of somebody who cannot be tested; None when all are called up."""
    reserves = DrugTest.objects.filter(test_list=row.test_list_id, part=Part.RESERVE, promoted_at=None)
    reserve = reserves.select_for_update(no_key=True).order_by("number").first()
    if reserve:
        reserve.promoted_at = timezone.now()
        reserve.version += 1
        reserve.save(update_fields=["promoted_at", "version"])
    return reserve


def _refer(row, by):
    """Ask the front door to see the person; once, however often it is asked. Whoever has left meanwhile is not referred.

    The referral is read by the whole team, so it does not say what was found.
    """
    asked = {"source": "DRUG_TEST", "referrer": "Drug testing", "nonce": uuid.uuid5(row.nonce, "referral")}
    reason = "Drug testing asks us to see this person: the local protocol says so."
    try:
        events.referral_wanted.send(sender=DrugTest, person=row.person, reason=reason, by=by, **asked)
    except ValidationError as error:
        if getattr(error, "code", "") != "not_on_roll":
            raise
        return False
    return True
