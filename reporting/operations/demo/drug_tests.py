"""Drug tests: 65 random ones a month, of which fewer are positive from month to month, and the other kinds.

Invented once the year is over, so that nothing else of it is changed. A positive test on suspicion is what the referrals from drug
testing came from, as this prison’s protocol says.
"""

import random
from datetime import time, timedelta

from casework.models import CustodySpell, User
from interventions.formats import drug_tests
from interventions.models import Breach, DrugTest, DrugTestCorrection, TestList, UnitStay
from interventions.queries.unit import BREACHES
from referrals.models import Referral
from reporting.operations.demo import days, places

Kind, Part = DrugTest.Kind, DrugTest.Part
RESERVES = 20
REFUSED, UNABLE, WEEKEND, MITIGATED = 0.04, 0.05, 0.16, 0.03
POSITIVE = (0.24, 0.11)  # of the tests with a result, in the first month and in the last
LABORATORY = timedelta(days=4)
FOUND = {
    "SPICE": 38,
    "CANNABIS": 30,
    "OPIATE": 10,
    "BUPRENORPHINE": 8,
    "COCAINE": 8,
    "OTHER_NEW": 4,
    "BENZODIAZEPINE": 4,
}
PRESCRIBED = {
    "METHADONE": "Methadone as prescribed here, says the nurse",
    "BUPRENORPHINE": "Buprenorphine as prescribed here, says the nurse",
    "OPIATE": "Codeine for his back, says healthcare",
}
WHY = {"APPOINTMENT": 25, "OPERATIONAL": 30, "VISIT": 15, "UNFIT": 10, "PROGRAMME": 10, "ADJUDICATION": 5, "FLAW": 5}
ANSWERS = [Breach.Response.TALKED, Breach.Response.TALKED, Breach.Response.WARNING]
SAID = ["Talked with him and his worker.", "He told us before the result came.", "Says it will not happen again."]
OTHERS = {Kind.RISK: 5, Kind.FREQUENT: 3, Kind.RECEPTION: 4, Kind.SUSPICION: 2}  # a month


def fill(world):
    """With dice of its own, so that the life before is the same with and without it; the lists of a month have theirs."""
    dice = random.Random(f"drug tests {world.prison.code} {world.today}")
    lists = random.Random(f"lists of drug tests {world.prison.code} {world.today}")
    world.prison.test_referral_kinds = [Kind.SUSPICION]
    world.prison.save(update_fields=["test_referral_kinds"])
    world.tester = next((user for user in world.workers if User.Duty.TESTS in user.duties), world.manager)
    first, months = world.start, []
    while first <= world.today:
        months.append(first)
        first = days.next_month(first)
    for place, month in enumerate(months):
        share = POSITIVE[0] + (POSITIVE[1] - POSITIVE[0]) * place / max(1, len(months) - 1)
        _draw(world, lists, month, share)
        _others(world, dice, month)
    _compact(world, dice)
    _suspected(world, dice)
    _put_right(world, dice)


def _draw(world, dice, month, share):
    """The lists of one month, and what came of each place."""
    made_at = days.moment(month, time(8, 30))
    held = [spell for spell in world.rows[CustodySpell] if spell.received_on < month and not _gone(spell, month)]
    drawn = dice.sample(held, drug_tests.size(places.CAPACITY, 5) + RESERVES)
    row = world.add(
        TestList, rng=dice, month=month, population=places.CAPACITY, percent=5, made_by=world.tester, made_at=made_at
    )
    main, reserve = drawn[:-RESERVES], drawn[-RESERVES:]
    tests = [_place(world, dice, row, Part.MAIN, number, spell) for number, spell in enumerate(main, start=1)]
    kept = [_place(world, dice, row, Part.RESERVE, number, spell) for number, spell in enumerate(reserve, start=1)]
    weeks = (days.next_month(month) - month).days
    for test, spell in zip(tests, main, strict=True):
        _come_of(world, dice, test, spell, _day(dice, month, 1, weeks - 2), share)
    unable = sorted((test for test in tests if test.state == "UNABLE"), key=lambda test: test.recorded_at)
    called = 0
    while called < min(len(unable), RESERVES):
        test, spell = kept[called], reserve[called]
        test.promoted_at = unable[called].recorded_at
        day = days.working_after(test.promoted_at.date() + timedelta(days=1 + called % 3), 0)
        day = min(month + timedelta(days=weeks - 1), day)
        _come_of(world, dice, test, spell, max(day, _last_day(kept[:called], month)), share)
        called += 1
        if test.state == "UNABLE":
            unable.append(test)


def _place(world, dice, row, part, number, spell):
    return world.add(
        DrugTest,
        rng=dice,
        person=spell.person,
        kind=Kind.RANDOM,
        test_list=row,
        part=part,
        number=number,
        selected_on=row.month,
        recorded_by=world.tester,
        recorded_at=row.made_at,
    )


def _come_of(world, dice, test, spell, day, share):
    """What came of a test on ``day``: nothing yet, if that is still to come."""
    if day >= world.today:
        return
    morning = days.moment(day, time(8), 5 * dice.randrange(40))
    if test.promoted_at:
        morning = max(morning, test.promoted_at + timedelta(minutes=30))
    test.recorded_at = morning + timedelta(hours=3)
    chance = dice.random()
    if gone := _gone(spell, day):
        test.state, test.unable_why = "UNABLE", "TRANSFERRED" if gone == "TRANSFERRED" else "DISCHARGED"
    elif spell.received_on > day:
        test.state, test.unable_why = "UNABLE", "OUT"
    elif chance < REFUSED:
        test.state, test.adjudicated = "REFUSED", test.kind != Kind.COMPACT and dice.random() < 0.7
    elif chance < REFUSED + UNABLE:
        test.state, test.unable_why = "UNABLE", dice.choices(list(WHY), WHY.values())[0]
    else:
        test.state, test.sampled_at = "SAMPLED", morning
        if day + LABORATORY < world.today:
            _result(dice, test, share)


def _result(dice, test, share):
    test.recorded_at = days.moment(test.sampled_at.date() + LABORATORY, time(10), 5 * dice.randrange(12))
    chance = dice.random()
    if chance < MITIGATED:
        code = dice.choice(list(PRESCRIBED))
        test.result, test.groups, test.mitigation = "MITIGATED", [code], PRESCRIBED[code]
    elif chance < MITIGATED + share:
        found = set(dice.choices(list(FOUND), FOUND.values(), k=dice.choice([1, 1, 1, 2])))
        test.result, test.groups = "POSITIVE", [code for code in drug_tests.groups() if code in found]
        test.adjudicated = test.kind != Kind.COMPACT and dice.random() < 0.6
    else:
        test.result = "NEGATIVE"


def _others(world, dice, month):
    """Before a trusted job, after earlier positives, on reception: people who were here then."""
    for kind, count in OTHERS.items():
        for _ in range(count):
            day = _day(dice, month, 1, 26)
            held = [spell for spell in dice.sample(world.rows[CustodySpell], 60) if _is_here(spell, day)]
            if held and day < world.today:
                share = {Kind.RISK: 0.05, Kind.RECEPTION: 0.35}.get(kind, 0.3)
                _other(world, dice, kind, held[0], day, share)


def _compact(world, dice):
    """Those who live on the drug-free unit about every four weeks; the next test of each is due four weeks after his last sample."""
    for stay in [stay for stay in world.rows[UnitStay] if stay.joined_on]:
        living, day = stay.left_on is None, stay.joined_on + timedelta(days=dice.randint(10, 27))
        if living:
            stay.test_due = stay.joined_on + UnitStay.AGAIN
        while day < (stay.left_on or world.today):
            spells = [row for row in world.rows[CustodySpell] if row.person is stay.person and _is_here(row, day)]
            if spells and day >= world.start:
                test = _other(world, dice, Kind.COMPACT, spells[0], day, 0.06, stay=stay)
                if living and test.sampled_at:
                    stay.test_due = day + UnitStay.AGAIN
                _breach(world, dice, test, stay)
            day += timedelta(days=dice.choice([25, 26, 27, 28, 28, 29]))


def _breach(world, dice, test, stay):
    """What the compact does not allow was talked about within the week, and recorded; what is new still waits for it."""
    on = days.working_after(test.on + timedelta(days=dice.randint(4, 6)), 0)
    if test.standing in BREACHES and on < (stay.left_on or world.today):
        given = {"what": BREACHES[test.standing], "response": dice.choice(ANSWERS), "note": dice.choice(SAID)}
        by, at = dice.choice(world.present(on)), days.between(dice, on, 14, 16)
        who = {"stay": stay, "person": stay.person, "recorded_by": by, "recorded_at": at}
        world.add(Breach, on=on, nonce=test.breach_nonce, **who, **given)


def _put_right(world, dice):
    """In each quarter the result of another place on the list stood at one, and once the wrong person of two was to be tested."""
    negative = [test for test in world.rows[DrugTest] if test.kind == Kind.RANDOM and test.result == "NEGATIVE"]
    for test in negative[40 :: 65 * 3]:
        at = f"{test.sampled_at:%-d %B %Y at %H:%M}"
        _correct(world, dice, test, f"Positive; sample taken on {at}; found: Cannabis", "The result of the next place")
    others = [test for test in world.rows[DrugTest] if test.kind == Kind.FREQUENT and test.result == "NEGATIVE"]
    for test in others[:1]:
        test.state, test.sampled_at, test.result = "MISTAKE", None, ""
        _correct(world, dice, test, "Not started", "Somebody else of this name was meant")


def _correct(world, dice, test, was, why):
    test.recorded_at += timedelta(hours=2)
    test.version += 1
    who = {"person": test.person, "by": world.tester, "at": test.recorded_at}
    world.add(DrugTestCorrection, rng=dice, test=test, was=was, why=why, **who)


def _other(world, dice, kind, spell, day, share, **given):
    who = {"person": spell.person, "recorded_by": world.tester, "recorded_at": days.moment(day, time(8))}
    test = world.add(DrugTest, rng=dice, kind=kind, selected_on=day, **who, **given)
    _come_of(world, dice, test, spell, day, share)
    return test


def _suspected(world, dice):
    """A positive test on suspicion stands behind each referral from drug testing."""
    for referral in [row for row in world.rows[Referral] if row.source.code == "DRUG_TEST"]:
        day = max(referral.received_on - LABORATORY, referral.spell.received_on)
        if day >= referral.received_on:
            continue
        who = {"person": referral.person, "recorded_by": world.tester, "recorded_at": referral.made_at}
        found = dice.choices(list(FOUND), FOUND.values())
        world.add(
            DrugTest,
            rng=dice,
            kind=Kind.SUSPICION,
            selected_on=day,
            state="SAMPLED",
            sampled_at=days.moment(day, time(14), 5 * dice.randrange(12)),
            result="POSITIVE",
            groups=found,
            referred_at=referral.made_at,
            **who,
        )


def _day(dice, month, first, last):
    """A day of the month, at a weekend as often as samples are taken then."""
    able = [month + timedelta(days=number) for number in range(first - 1, last)]
    weekend = dice.random() < WEEKEND
    return dice.choice([day for day in able if (day.weekday() >= 5) == weekend])


def _gone(spell, day):
    """How the stay had ended by ``day``; empty where it had not."""
    return spell.end if spell.ended_at and spell.ended_at.date() <= day else ""


def _is_here(spell, day):
    return spell.received_on <= day and not _gone(spell, day)


def _last_day(tests, month):
    """The day of the last of ``tests`` that came to something."""
    return max((test.sampled_at.date() for test in tests if test.sampled_at), default=month)
