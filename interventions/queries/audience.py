"""Who may sit together: vulnerable prisoners and the others are never in one room (domain.md 6.4)."""

from casework.models import Alert, Location, Wing
from interventions.models import Audience

# Own protection, by the codes of the roll (domain.md 1.1).
OWN_PROTECTION = ["VOP", "V49P", "VJOP"]


def vulnerable(people, prison_id):
    """Those of ``people`` (keys) who are kept apart from the main wings: by an alert in force, or by the wing they live on."""
    alerts = Alert.objects.open().filter(person__in=people, prison_id=prison_id, code__in=OWN_PROTECTION)
    living = Location.objects.filter(spell__person__in=people, spell__ended_at=None, until_at=None, prison_id=prison_id)
    living = living.filter(wing__kind=Wing.Kind.VULNERABLE)
    return {*alerts.values_list("person", flat=True), *living.values_list("spell__person", flat=True)}


def misfits(audience, people, prison_id):
    """Those of ``people`` (keys) who may not come to what is for ``audience``."""
    apart = vulnerable(people, prison_id)
    return set(people) - apart if audience == Audience.VULNERABLE else apart & set(people)


def why_not(person, audience):
    """Why ``person`` may not come, in a sentence."""
    if audience == Audience.VULNERABLE:
        return f"{person.name} is not among the vulnerable prisoners, and nobody else may be here."
    return f"{person.name} is a vulnerable prisoner, and may not be here with the others."
