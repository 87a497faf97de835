"""Drug tests: the lists of a month drawn, other tests added, and what came of each (domain.md 2.6, 8.3)."""

import uuid

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from casework import audit, events
from casework.models import CustodySpell
from interventions.formats import drug_tests
from interventions.models import DrugTest, DrugTestCorrection, TestList, UnitStay
from interventions.models.drug_test import MOVES, STANDS_FOR
from interventions.operations import unit

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

    Somebody who cannot be tested calls up the reserve with the lowest number. A sample under a compact makes the next test due. A positive
    makes a referral where the prison says so.
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
    # The rules between the fields are kept by what was checked, and by the table itself.
    row.clean_fields(exclude=KEYS)
    row.save()
    if row.stay_id and to == Standing.SAMPLED:
        unit.sampled(stay=row.stay, by=by)
    called_up = _settle_reserves(row) if to == Standing.UNABLE and row.test_list_id else None
    audit.record(by=by, action="drug_test.recorded", target=row, called_up=called_up)
    return row


@transaction.atomic
def put_right(*, test, version, to, why, by, nonce):
    """Take back what was recorded for the wrong person, or wrongly: ``test`` stands at the earlier ``to`` again, or was added by mistake.

    What it said is kept beside ``why``; figures count how it stands now. A reserve that was called up for it goes back to the list, unless
    his test has begun. What followed already, a referral or a breach of the compact, stays for people to judge. ValidationError for a
    standing that is none to go back to, and where somebody recorded something since the ``version`` that ``by`` saw.
    """
    if made := DrugTestCorrection.objects.made_once(nonce):
        return made
    row, to = _held(test), Standing(to)
    if row.version != version:
        raise ValidationError(
            f"Somebody recorded something meanwhile. The test now says: {_said(row)}. Answer again if that is wrong too.",
            "stale",
        )
    if to not in row.earlier:
        raise ValidationError({"to": f"A test that is “{row.standing.label.lower()}” cannot go back there."})
    made = DrugTestCorrection(
        test=row,
        person_id=row.person_id,
        prison_id=row.prison_id,
        was=_said(row),
        why=why,
        by=by,
        at=timezone.now(),
        nonce=nonce,
    )
    made.full_clean()
    made.save()
    sampled_on = row.sampled_at and row.on
    _go_back(row, to)
    row.recorded_by, row.recorded_at = by, made.at
    row.version += 1
    row.clean_fields(exclude=KEYS)
    row.save()
    if row.stay_id and sampled_on and not row.sampled_at:
        unit.sampled(stay=row.stay, taken_back=sampled_on, by=by)
    went_back = _settle_reserves(row) if row.test_list_id else None
    audit.record(by=by, action="drug_test.put_right", target=row, went_back=went_back)
    return made


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
    moved += journal.change(DrugTestCorrection.objects.filter(person=removed), person=kept)
    audit.record(by=by, action="drug_test.moved", target=kept, removed=removed.pk, count=moved)


@transaction.atomic
def move_back(*, removed, kept, journal, by):
    """They are two people after all: what ``move`` changed is put back."""
    journal.put_back([DrugTest, DrugTestCorrection])
    journal.check([DrugTest, DrugTestCorrection], [removed, kept])
    audit.record(by=by, action="drug_test.moved_back", target=removed, kept=kept.pk)


def _nonces(nonce, count):
    return [uuid.uuid5(nonce, str(number)) for number in range(1, count + 1)]


def _held(test):
    """The test, locked; with it the list that it stands on, so that one reserve is not called up twice."""
    if test.test_list_id:
        TestList.objects.select_for_update(no_key=True).get(pk=test.test_list_id)
    rows = DrugTest.objects.select_for_update(no_key=True, of=["self"]).select_related("person", "prison", "test_list")
    return rows.get(pk=test.pk)


def _go_back(row, to):
    """``row`` with what an earlier standing has, and no more."""
    row.state, row.result, row.adjudicated = STANDS_FOR[to]
    row.unable_why = row.mitigation = ""
    row.groups = row.groups if to == Standing.POSITIVE else []
    row.sampled_at = row.sampled_at if row.state == DrugTest.State.SAMPLED else None


def _said(row):
    """What a test says, in words that stay when it says something else."""
    at = row.sampled_at and timezone.localtime(row.sampled_at)
    found = [drug_tests.groups().get(code, code) for code in row.groups]
    said = [
        row.standing.label,
        drug_tests.reasons().get(row.unable_why, row.unable_why),
        at and f"sample taken on {at:%-d %B %Y at %H:%M}",
        found and f"found: {', '.join(found)}",
        row.mitigation and f"prescribed: {row.mitigation}",
    ]
    return "; ".join(filter(None, said))


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


def _settle_reserves(row):
    """As many reserves are called up as people on the list cannot be tested.

    The one with the lowest number is called up, or the one with the highest goes back unless his test has begun: whoever was tested stays
    tested. Returns that reserve, None where nothing changed.
    """
    on_list = DrugTest.objects.filter(test_list=row.test_list_id)
    reserves = on_list.filter(part=Part.RESERVE).select_for_update(no_key=True)
    called = reserves.filter(promoted_at__isnull=False)
    missing = on_list.filter(state=DrugTest.State.UNABLE).count() - called.count()
    reserve = None
    if missing > 0:
        reserve = reserves.filter(promoted_at=None).order_by("number").first()
    elif missing < 0 and (last := called.order_by("number").last()).state == DrugTest.State.SELECTED:
        reserve = last
    if reserve:
        reserve.promoted_at = timezone.now() if missing > 0 else None
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
