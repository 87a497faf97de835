"""Corrections to what is known of a person."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from casework import audit
from casework.formats import dates, names, numbers
from casework.models import Person

ADULT = 18
OLDEST = 120


@transaction.atomic
def edit(*, person, version, by, surname, forenames, date_of_birth, sex, ethnicity="", pnc="", cro=""):
    """Correct what is known of ``person``, unless somebody else did since ``version``; later rolls leave the corrections alone.

    Police numbers whose letter does not fit are kept as typed: pages flag them.
    """
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    today = timezone.localdate()
    _check_birth(date_of_birth, today)
    wanted = {
        "surname": names.surname(surname),
        "forenames": names.forenames(forenames),
        **names.keys(surname, forenames),
        "date_of_birth": date_of_birth,
        "sex": sex,
        "ethnicity": ethnicity,
        "pnc": numbers.pnc(pnc, today=today).value,
        "cro": numbers.cro(cro).value,
    }
    changed = [name for name, value in wanted.items() if getattr(person, name) != value]
    if not changed:
        return person
    person.raise_version(version)
    for name in changed:
        setattr(person, name, wanted[name])
    person.full_clean()
    person.save(update_fields=[*changed, "version"])
    told = [name for name in changed if not name.endswith(("_key", "_sound"))]
    audit.record(by=by, action="person.edited", target=person, changed=told)
    return person


def _check_birth(born, today):
    if born and born > today:
        raise ValidationError({"date_of_birth": "A date of birth is in the past."})
    if born and dates.age(born, today) < ADULT:
        raise ValidationError({"date_of_birth": f"This date makes the person younger than {ADULT}. Check the year."})
    if born and dates.age(born, today) > OLDEST:
        raise ValidationError({"date_of_birth": f"This date makes the person older than {OLDEST}. Check the year."})
