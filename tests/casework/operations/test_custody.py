from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from casework.models import Alert, AuditEntry, Case, CustodySpell, LegalStatus, Location, Movement, ReleaseDate
from casework.operations import custody
from referrals.models import Triage
from tests import factories

pytestmark = pytest.mark.django_db
End = CustodySpell.End
GONE = factories.DAY - timedelta(days=2)


@pytest.fixture
def spell():
    stay = factories.spell(off_roll_on=GONE)
    LegalStatus.objects.create(spell=stay, prison=stay.prison, status="REMAND", from_at=factories.at(stay.received_on))
    ReleaseDate.objects.create(
        spell=stay, prison=stay.prison, kind="CONDITIONAL", on=GONE, recorded_at=factories.at(), recorded_by_id=1
    )
    Alert.objects.create(person=stay.person, prison=stay.prison, kind="H", code="HA", from_at=factories.at(GONE))
    return stay


def confirm(spell, meaning=End.RELEASED, on=GONE, by=None):
    by = by or factories.user()
    return custody.confirm_departure(spell_id=spell.pk, meaning=meaning, on=on, at=factories.at(), by=by)


def test_confirm_departure_leaves_notices_of_staff_in_force(spell):
    by_hand = {"source": "HAND", "said_by": "SO Sample", "recorded_by": factories.user()}
    notice = factories.alert(spell.person, "WWPAIR", from_at=factories.at(GONE), **by_hand)
    Alert.objects.filter(code="HA").update(**by_hand)

    confirm(spell)

    assert list(Alert.objects.open()) == [notice]


@pytest.mark.parametrize(
    ("meaning", "kind", "label"),
    [
        (End.RELEASED, "RELEASED", "Released"),
        (End.RELEASED_COURT, "RELEASED", "Released from court"),
        (End.RELEASED_HOSPITAL, "RELEASED_TO_HOSPITAL", "Released to hospital"),
        (End.TRANSFERRED, "TRANSFER_OUT", "Transferred to another prison"),
        (End.DIED, "DIED", "Died"),
        (End.OTHER, "NOT_ON_ROLL", "Left for another reason"),
    ],
)
def test_confirm_departure_ends_the_spell_and_what_was_open_in_it(spell, meaning, kind, label):
    by = factories.user()

    confirm(spell, meaning, by=by)

    spell.refresh_from_db()
    assert (spell.end, spell.end_reason, spell.ended_by, timezone.localdate(spell.ended_at)) == (
        meaning,
        label,
        by,
        GONE,
    )
    assert list(Movement.objects.values_list("kind", "reason", "detail", "at")) == [
        (kind, label, "Confirmed by staff", spell.ended_at)
    ]
    assert not Location.objects.filter(until_at=None).exists()
    assert not LegalStatus.objects.filter(until_at=None).exists()
    assert not ReleaseDate.objects.filter(superseded_at=None).exists()
    assert not Alert.objects.filter(until_at=None).exists()
    entry = AuditEntry.objects.filter(kind="OPERATION").get()
    assert (entry.action, entry.by_id, entry.person_id) == ("custody.departure_confirmed", by.pk, spell.person_id)
    assert entry.detail == {"meaning": meaning}


def test_confirm_departure_on_the_day_itself_does_not_lie_in_the_future(spell):
    confirm(spell, on=factories.DAY)

    spell.refresh_from_db()
    assert spell.ended_at == factories.at()


def test_confirm_departure_takes_the_mark_off_somebody_who_is_here(spell):
    confirm(spell, custody.STILL_HERE, on=None)

    spell.refresh_from_db()
    assert (spell.off_roll_on, spell.ended_at) == (None, None)
    assert list(Movement.objects.values_list("kind", "reason")) == [("BACK_ON_ROLL", "Still here")]
    assert Location.objects.filter(until_at=None).count() == 1


@pytest.mark.parametrize("on", [None, factories.DAY + timedelta(days=1), date(2025, 1, 1)])
def test_confirm_departure_wants_a_day_within_the_stay(spell, on):
    with pytest.raises(
        ValidationError, match=r"Give a day between 14 September 2026, when the person came, and today\."
    ):
        confirm(spell, on=on)

    spell.refresh_from_db()
    assert spell.ended_at is None


def test_confirm_departure_refuses_what_was_confirmed(spell):
    confirm(spell)

    with pytest.raises(ValidationError, match="no longer missing from the roll"):
        confirm(spell)


def test_confirm_departure_refuses_somebody_on_the_roll():
    with pytest.raises(ValidationError, match="no longer missing from the roll"):
        confirm(factories.spell())


def test_confirm_departure_answers_referrals_that_wait_and_leaves_cases_to_people(spell):
    waiting = factories.referral(spell=spell)
    held = factories.case(spell=spell, worker=factories.user())
    by = factories.user()

    confirm(spell, by=by)

    triage = Triage.objects.get()
    waiting.refresh_from_db()
    assert (triage.referral, triage.outcome, triage.done_by, triage.is_assessment) == (waiting, "LEFT", by, False)
    assert waiting.triaged_at == factories.at()
    assert Case.objects.open().get() == held
