"""A release that moves after a handover was begun: followed, told, warned of, looked at."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from casework import context, events
from casework.access import Role
from casework.models import AuditEntry, Mail, ReleaseDate, User
from partners.models import Handover, ReleaseMove
from partners.queries import releases as queries
from tests import factories
from tests.partners.pages import at, text

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
State = Handover.State


def day(days):
    return TODAY + timedelta(days=days)


def set_date(case, on, kind="CONDITIONAL", when=None):
    """The roll gives another date of this kind, or takes it away."""
    when = when or timezone.now()
    ReleaseDate.objects.filter(spell=case.spell, kind=kind, superseded_at=None).update(superseded_at=when)
    if on:
        ReleaseDate.objects.create(
            spell=case.spell, prison=case.prison, kind=kind, on=on, recorded_at=when, recorded_by=case.opened_by
        )
    return when


def begun(state=State.SENT, days=20, **given):
    made = factories.handover(state=state, release_on=day(days), **given)
    set_date(made.case, day(days), when=timezone.now() - timedelta(days=30))
    return made


def move(made, days, kind="CONDITIONAL"):
    when = set_date(made.case, None if days is None else day(days), kind)
    events.release_dates_changed.send(
        sender=ReleaseDate, spells={made.case.spell_id}, by=User.objects.system(), at=when
    )
    made.refresh_from_db()


def moves():
    return list(ReleaseMove.objects.order_by("pk").values_list("before_on", "after_on"))


@pytest.mark.parametrize("state", [State.DRAFT, State.READY, State.SENT, State.ACKNOWLEDGED, State.OFFERED])
def test_a_handover_follows_the_release_and_who_may_is_told(state):
    made = begun(state, sent_at=timezone.now())
    version = made.version

    move(made, 18)

    assert (made.release_on, made.version, moves()) == (day(18), version + 1, [(day(20), day(18))])
    shared = state in Handover.SHARED
    asked = list(Mail.objects.order_by("pk").values_list("kind", "path"))
    pages = [f"/handovers/{made.pk}/", f"/coming/{made.pk}/"][: 1 + shared]
    assert asked == [("RELEASE_MOVED", page) for page in pages]
    entry = AuditEntry.objects.get(action="handover.release_moved")
    assert entry.detail == {"before_on": str(day(20)), "after_on": str(day(18))}


def test_a_second_roll_with_the_same_dates_moves_nothing():
    made = begun()
    move(made, 18)
    move(made, 18)

    assert moves() == [(day(20), day(18))]
    assert Mail.objects.count() == 2


def test_what_the_writer_knew_better_stays_while_the_roll_does_not_move():
    made = begun()
    Handover.objects.filter(pk=made.pk).update(release_on=day(12))

    move(made, 90, kind="SENTENCE_EXPIRY")
    move(made, 60, kind="PAROLE_ELIGIBILITY")

    made.refresh_from_db()
    assert (made.release_on, moves()) == (day(12), [])


def test_an_earlier_date_of_another_kind_is_the_release():
    made = begun()

    move(made, 9, kind="HDC_APPROVED")

    assert (made.release_on, moves()) == (day(9), [(day(20), day(9))])


def test_a_date_that_is_taken_away_is_told_and_kept():
    made = begun()

    move(made, None)

    assert (made.release_on, moves()) == (day(20), [(day(20), None)])
    assert queries.warnings(made, list(made.release_moves.all()), None)[0].startswith(
        "The release is not known any more"
    )


@pytest.mark.parametrize("state", [State.CLOSED, State.RECALLED])
def test_what_is_over_does_not_follow(state):
    made = begun(state)

    move(made, 18)

    assert (made.release_on, moves()) == (day(20), [])


def test_an_agency_that_sees_it_no_more_is_not_told():
    made = begun()
    made.consent.withdrawn_at = timezone.now()
    made.consent.save()

    move(made, 18)

    assert list(Mail.objects.values_list("path", flat=True)) == [f"/handovers/{made.pk}/"]


# A Saturday, the Monday of Easter, a Friday: the day of a release is whatever the prison says.
@pytest.mark.parametrize("on", [date(2027, 3, 27), date(2027, 3, 29), date(2027, 4, 2)])
def test_any_day_of_the_week_will_do(on):
    made = begun()
    events.release_dates_changed.send(
        sender=ReleaseDate, spells={made.case.spell_id}, by=User.objects.system(), at=set_date(made.case, on)
    )

    made.refresh_from_db()
    assert made.release_on == on


@pytest.fixture
def moved():
    made = begun()
    factories.pack(made)
    move(made, 18)
    return made


def say(on):
    return f"{on:%A} {on.day} {on:%B %Y}"


def test_both_sides_are_warned_of_the_pack_that_was_sent(client, moved):
    told = f"The release moved from {say(day(20))} to {say(day(18))}. Pack 1 says {say(day(20))}."
    client.force_login(moved.made_by)
    assert told in text(client.get(at("handover", moved.pk)))
    client.force_login(factories.user(Role.PARTNER))
    assert told in text(client.get(at("received", moved.pk)))


def test_the_list_of_releases_and_today_warn_until_somebody_looked(client, moved):
    client.force_login(moved.made_by)
    assert "Release moved" in text(client.get(at("releases")))
    late = "/today/late/moved/"
    assert [row.person for row in client.get(late).context["rows"]] == [moved.person]

    page = client.post(at("see_release", moved.pk), follow=True)

    assert "I have looked at the new date" not in page.text
    assert (ReleaseMove.objects.get().seen_by, client.get(late).context["rows"]) == (moved.made_by, [])
    assert "Release moved" not in text(client.get(at("releases")))
    assert AuditEntry.objects.filter(action="handover.release_move_seen").count() == 1


def test_another_prison_and_an_agency_do_not_say_that_they_looked(client, moved):
    client.force_login(factories.user(prison=factories.prison("ACI", "Altcourse")))
    assert client.post(at("see_release", moved.pk)).status_code == 404
    client.force_login(factories.user(Role.PARTNER))
    assert client.post(at("see_release", moved.pk)).status_code == 403
    assert ReleaseMove.objects.get().seen_at is None


def test_an_agency_reads_the_moves_of_what_it_sees_only(moved):
    def seen(user):
        with context.acting(user):
            return ReleaseMove.objects.count()

    partner, wirral = factories.user(Role.PARTNER), factories.user(Role.PARTNER, agency=factories.agency("Wirral DIP"))
    assert [seen(partner), seen(wirral)] == [1, 0]
    moved.agency.protocols.update(ended_on=TODAY)
    assert seen(partner) == 0
