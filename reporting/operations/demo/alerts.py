"""Alerts as the roll gives them: a few last the whole stay, an ACCT some weeks."""

from datetime import timedelta

from casework.formats import reference
from casework.models import Alert
from reporting.operations.demo import days

# code → share of people who carry it for the whole stay
LASTING = {
    "MEP": 0.03,
    "MAS": 0.09,
    "F1": 0.04,
    "LCE": 0.05,
    "HS": 0.06,
    "XVL": 0.04,
    "OPPO": 0.04,
    "RDV": 0.06,
    "RNO121": 0.008,
    "DOCGM": 0.008,
    "PEEP": 0.01,
    "XSA": 0.01,
}
OPEN_ACCT, AFTER_ACCT = "HA", "HA1"


def begin(world, stay, at):
    """What is known on reception, and whether an ACCT will be opened, then or later."""
    codes = [code for code, share in LASTING.items() if world.chance(share)]
    if stay.vulnerable:
        codes += ["VOP", "SOR"] if world.chance(0.5) else ["VOP"]
    for code in codes:
        _open(world, stay, code, at + timedelta(hours=1))
    span = (stay.leaves - stay.spell.received_on).days
    if world.chance(0.07):
        _plan_acct(world, stay, stay.spell.received_on + days.DAY)
    elif world.chance(0.1) and span > 10:
        _plan_acct(world, stay, stay.spell.received_on + timedelta(days=world.rng.randint(3, span - 2)))


def close_all(stay, at):
    """The stay ends, and what the prison said during it."""
    for alert in stay.alerts.values():
        alert.until_at = at
    stay.alerts = {}


def open_acct(world, stay, at):
    """An ACCT is opened, and stays so for now."""
    _open(world, stay, OPEN_ACCT, at)


def _plan_acct(world, stay, day):
    if day >= world.start:
        world.later(day, _open_acct, stay)


def _open_acct(world, stay, day):
    _open(world, stay, OPEN_ACCT, days.between(world.rng, day, 9, 20))
    world.later(day + timedelta(days=world.rng.randint(6, 40)), _close_acct, stay)


def _close_acct(world, stay, day):
    """An ACCT that is closed is followed up for a while."""
    at = days.between(world.rng, day, 10, 16)
    stay.alerts.pop(OPEN_ACCT).until_at = at
    _open(world, stay, AFTER_ACCT, at)
    world.later(day + timedelta(days=14), _end_follow_up, stay)


def _end_follow_up(world, stay, day):
    stay.alerts.pop(AFTER_ACCT).until_at = days.between(world.rng, day, 10, 16)


def _open(world, stay, code, at):
    kind = reference.alert_type(code)
    stay.alerts[code] = world.add(Alert, person=stay.person, kind=kind, code=code, from_at=at)
