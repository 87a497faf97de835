"""What a roll says of who somebody is, merged with what we have: staff who corrected a field are never overruled."""

from casework.formats import names
from casework.models import Person

LENGTHS = {"surname": 60, "forenames": 80, "ethnicity": 60, "pnc": 16, "cro": 16}
FIELDS = ["surname", "forenames", "date_of_birth", "sex", "ethnicity", "pnc", "cro"]
WRITTEN = [*FIELDS, "surname_key", "forenames_key", "surname_sound", "roll_values", "prison_ids", "version"]


def make(row, covers, prison):
    """A person whom nobody here has seen, as the roll gives him. Not saved."""
    person = Person(number=row.number, roll_values={}, prison_ids=[prison.pk])
    merge(person, row, covers)
    person.version = 1
    return person


def merge(person, row, covers):
    """Take over what the roll says into ``person``, unsaved. Returns (fields taken over, fields kept against the roll, any change).

    A field that differs from what the roll last said was edited by staff and is kept. The roll never empties a field: it
    may just not have been readable.
    """
    taken, kept, told = [], [], dict(person.roll_values)
    for field, value in _said(row, covers).items():
        said, mine, last = _plain(value), _plain(getattr(person, field)), told.get(field)
        told[field] = said
        if said == mine:
            continue
        if mine == last or (last is None and mine in ("", Person.Sex.NOT_KNOWN)):
            setattr(person, field, value)
            taken.append(field)
        else:
            kept.append(field)
    for field, value in names.keys(person.surname, person.forenames).items():
        setattr(person, field, value)
    person.version += bool(taken)
    changed = bool(taken) or told != person.roll_values
    person.roll_values = told
    return taken, kept, changed


def extend(scoped, prison):
    """Let ``prison`` see a person, or a former number of his. Returns whether it could not before."""
    if prison.pk in scoped.prison_ids:
        return False
    scoped.prison_ids = [*scoped.prison_ids, prison.pk]
    return True


def _said(row, covers):
    """Field → value, for fields that the file covers and the row fills."""
    values = {
        "surname": row.surname,
        "forenames": row.forenames,
        "date_of_birth": row.date_of_birth,
        "sex": row.sex,
        "ethnicity": row.ethnicity,
        "pnc": row.pnc.value,
        "cro": row.cro.value,
    }
    return {field: _fit(field, value) for field, value in values.items() if value and field in covers}


def _fit(field, value):
    return value[: LENGTHS[field]].rstrip() if field in LENGTHS else value


def _plain(value):
    """A value as JSON keeps it."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value or "")
