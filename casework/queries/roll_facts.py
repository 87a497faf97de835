"""Dated facts of a roll: what no longer holds is closed, what holds now is a new row."""

from casework.formats import cells
from casework.models import Alert, LegalStatus, Location, ReleaseDate

Whereabouts = Location.Whereabouts


def plan(to, person, spell, row):
    """Add to the plan ``to`` what ``row`` says of the place, legal status, release dates and alerts of ``person`` in ``spell``."""
    _location(to, spell, row)
    if "legal_status" in to.roll.covers:
        _legal_status(to, spell, row)
    if "release_dates" in to.roll.covers:
        _release_dates(to, spell, row)
    if "alerts" in to.roll.covers:
        _alerts(to, person, row)


def _location(to, spell, row):
    now = to.known.locations.get(spell.pk)
    where = _whereabouts(row, now)
    cell = row.cell[:30] if "cell" in to.roll.covers else now.cell if now else ""
    if not cell and now and where != Whereabouts.IN:
        cell = now.cell
    wing = _wing(to, cell)
    if now and (now.cell, now.whereabouts) == (cell, where):
        if now.wing_id != (wing.pk if wing else None):
            now.wing = wing
            to.change(now)
        return
    if now:
        to.close(now)
        to.report.count("locations")
    to.make(
        Location(
            spell=spell,
            prison=to.prison,
            wing=wing,
            cell=cell,
            cell_key=cells.sort_key(cell)[:60],
            whereabouts=where,
            from_at=to.at,
        )
    )


def _wing(to, cell):
    code = cells.wing(cell)
    wing = to.known.wings.get(code)
    if code and not wing:
        to.report.unknown_wing(code)
    return wing


def _legal_status(to, spell, row):
    now = to.known.legal.get(spell.pk)
    if (now.status if now else "") == row.legal_status:
        return
    if now:
        to.close(now)
        to.report.count("legal_statuses")
    if row.legal_status:
        to.make(LegalStatus(spell=spell, prison=to.prison, status=row.legal_status, from_at=to.at))


def _release_dates(to, spell, row):
    now = to.known.dates.get(spell.pk, {})
    for kind, old in now.items():
        if row.release_dates.get(kind) != old.on:
            old.superseded_at = to.at
            to.change(old)
            to.report.count("release_dates")
    for kind, day in row.release_dates.items():
        if kind not in now or now[kind].on != day:
            to.make(
                ReleaseDate(
                    spell=spell,
                    prison=to.prison,
                    kind=kind,
                    on=day,
                    recorded_at=to.at,
                    recorded_by=to.by,
                )
            )


def _alerts(to, person, row):
    """What the roll says of alerts. What staff noted by hand it neither ends nor says again: one row for each code."""
    now = to.known.alerts.get(person.pk, {})
    live = {alert.code[:12]: alert for alert in row.alerts if alert.live}
    _acct(to, person, now, live)
    for code, old in now.items():
        if code not in live and not old.by_hand and not old.is_acct:
            _ended(to, old)
    for code, alert in live.items():
        if code not in now and code not in Alert.Acct.values:
            _opened(to, person, alert, code)


def _acct(to, person, now, live):
    """The state of an ACCT, of which there is one at a time: of several that the roll names, the most watchful.

    What staff noted as safer custody said stands while the roll repeats itself or is silent: it may be older than the word of this
    morning. A state that is news moves it on.
    """
    said = next((code for code in Alert.Acct.values if code in live), "")
    last = _say_last(to, person, said)
    standing = next((now[code] for code in Alert.Acct.values if code in now), None)
    if standing and (standing.code == said or (standing.by_hand and said in ("", last))):
        return
    if standing:
        _ended(to, standing)
    if said:
        _opened(to, person, live[said], said)


def _say_last(to, person, said):
    """What the roll said of an ACCT before this one, which is remembered now; the same where that is not known."""
    last = person.roll_values.get("acct", said)
    if person.roll_values.get("acct", "") != said:
        person.roll_values = {**person.roll_values, "acct": said}
        if person.pk:
            to.change(person)
    return last


def _ended(to, alert):
    to.close(alert)
    to.report.count("alerts")


def _opened(to, person, alert, code):
    to.make(Alert(person=person, prison=to.prison, kind=alert.kind[:4], code=code, from_at=to.at))


def _whereabouts(row, now):
    if row.in_out == "IN":
        return Whereabouts.IN
    if row.in_out != "OUT":
        return now.whereabouts if now else Whereabouts.IN
    if row.movement_type == "CRT":
        return Whereabouts.COURT
    if row.movement_type == "TAP" or not now or now.whereabouts == Whereabouts.IN:
        return Whereabouts.ABSENT
    return now.whereabouts
