"""Which keys of a pack belong to which part that somebody may agree to share."""

import pytest

from casework.models import Consent
from partners.formats import pack, sections
from tests.partners import contents

ALL = Consent.Section.values
WHOLE = {
    **contents.FULL,
    "clinical": {"author": "Nurse Testerton", "stated_on": "2026-06-24", "summary": "Methadone"},
    "blood_borne_viruses": {"result": "Negative"},
    "custody": {"prison": "Liverpool", "release_on": "2026-07-03", "licence": "Report", "release_time": "09:30"},
}


def test_agreed_leaves_all_of_it_to_whoever_agreed_to_all():
    assert sections.agreed(WHOLE, ALL) == WHOLE


@pytest.mark.parametrize("section", [section for section in ALL if section != "CUSTODY"])
def test_agreed_takes_out_every_key_of_a_part(section):
    left = sections.agreed(WHOLE, [each for each in ALL if each != section])

    assert WHOLE.keys() - left.keys() == set(sections.KEYS[section]) & WHOLE.keys()


def test_agreed_keeps_of_custody_what_the_gate_needs():
    left = sections.agreed(WHOLE, [section for section in ALL if section != "CUSTODY"])

    assert left["custody"] == {"prison": "Liverpool", "release_on": "2026-07-03"}


def test_agreed_to_nothing_tells_who_it_is_and_where_he_goes():
    left = sections.agreed(WHOLE, [])

    assert set(left) == {"person", "custody", "appointment", "no_appointment_because"}
    assert sections.not_shared([]) == ALL


def test_every_key_of_a_pack_belongs_to_a_part_or_to_every_handover():
    always = {
        "pack", "recipient", "sender", "person", "appointment", "no_appointment_because", "consents", "amendments", "not_shared",
    }  # fmt: skip
    ours = {key for keys in sections.KEYS.values() for key in keys}

    assert {name.rstrip("!") for name in pack.SHAPE} == always | ours
    assert set(sections.KEYS) == set(Consent.Section)
