"""What a writer said, made whole."""

from django.core.exceptions import ValidationError

from partners.formats import pack
from partners.queries import handovers


def whole(content, person):
    """``content`` with who the person is, or ValidationError where a pack has no place for some of it."""
    said = {**content, "person": {**content.get("person", {}), **handovers.identity(person)}}
    try:
        pack.readable({**said, "pack": {"number": "0"}, "recipient": {"agency": "0"}})
    except ValueError as error:
        raise ValidationError(f"A pack cannot say this: {error}.") from error
    if said.get("appointment") and said.get("no_appointment_because"):
        raise ValidationError("Give an appointment or the reason why there is none, not both.")
    return said
