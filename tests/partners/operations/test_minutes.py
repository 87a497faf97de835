"""Minutes as files: one for the prison with everybody, one for each agency with its own people."""

import hashlib
import io

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from pypdf import PdfReader

from casework import context
from casework.access import Role
from casework.models import Consent, User
from partners.models import Meeting, MeetingMinutes
from partners.operations import minutes as operations
from partners.tasks import build_minutes
from tests import factories
from tests.partners import meetings as made

pytestmark = pytest.mark.django_db
State = MeetingMinutes.State


@pytest.fixture
def agencies():
    return [factories.agency(), factories.agency("Wirral DIP")]


@pytest.fixture
def meeting(agencies):
    """Of two people one agreed to Liverpool, the other to both."""
    liverpool, wirral = agencies
    meeting = made.meeting(agencies)
    one = made.item(meeting, made.due("Oneby", liverpool), said="Wants a room.")
    both = made.item(meeting, made.due("Bothby", liverpool, wirral), needs="A group.")
    made.action(one, agency=liverpool, what="Book a bed")
    made.action(both, agency=wirral, what="Ring his mother")
    made.action(both, what="Write to the court")
    return meeting


def text(row):
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(bytes(row.pdf))).pages).split())


def test_build_gives_each_agency_its_own_people_and_actions_and_the_prison_all(meeting, agencies):
    liverpool, wirral = agencies

    papers = made.closed(meeting)

    found = {key: text(row) for key, row in papers.items()}
    said = ["Oneby", "Bothby", "Book a bed", "Ring his mother", "Write to the court", "The room was cold."]
    assert {key: [word in words for word in said] for key, words in found.items()} == {
        None: [True] * 6,
        liverpool.pk: [True, True, True, False, False, True],
        wirral.pk: [False, True, False, True, False, True],
    }
    for row in papers.values():
        assert row.sha256 == hashlib.sha256(bytes(row.pdf)).hexdigest()
        assert PdfReader(io.BytesIO(bytes(row.pdf))).trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_build_twice_changes_nothing_and_the_bytes_stay(meeting):
    row = made.closed(meeting)[None]

    operations.build(minutes_id=row.pk, by=User.objects.system())
    build_minutes(minutes_id=row.pk)

    again = MeetingMinutes.objects.get(pk=row.pk)
    assert (again.sha256, again.attempts) == (row.sha256, row.attempts)
    with pytest.raises(DatabaseError), transaction.atomic():
        MeetingMinutes.objects.filter(pk=row.pk).update(sha256="other")


def test_claim_gives_up_after_five_attempts(meeting):
    row = MeetingMinutes.objects.create(
        meeting=meeting, prison=meeting.prison, asked_by=meeting.made_by, asked_at=timezone.now(), attempts=4
    )

    assert [operations.claim(minutes_id=row.pk, by=User.objects.system()) for _ in range(3)] == [True, False, False]
    row.refresh_from_db()
    assert (row.state, row.failure) == (State.FAILED, operations.GIVEN_UP)
    made_again = operations.again(minutes=row, by=meeting.made_by)
    assert (made_again.number, made_again.state) == (2, State.WAITING)


def test_consent_withdrawn_after_closing_takes_the_file_from_its_agency_and_it_is_made_again_without_him(
    meeting, agencies
):
    liverpool, wirral = agencies
    papers = made.closed(meeting)
    partners = {agency.pk: factories.user(Role.PARTNER, agency=agency) for agency in agencies}

    def given(agency):
        with context.acting(partners[agency.pk]):
            raw = set(MeetingMinutes.objects.values_list("pk", flat=True))
            assert raw == set(MeetingMinutes.objects.visible_to(partners[agency.pk]).values_list("pk", flat=True))
            return raw

    assert (given(liverpool), given(wirral)) == ({papers[liverpool.pk].pk}, {papers[wirral.pk].pk})
    Consent.objects.filter(agency=liverpool, person__surname="Oneby").update(withdrawn_at=timezone.now())
    assert (given(liverpool), given(wirral)) == (set(), {papers[wirral.pk].pk})

    made_again = operations.again(minutes=papers[liverpool.pk], by=meeting.made_by)
    operations.build(minutes_id=made_again.pk, by=User.objects.system())
    made_again.refresh_from_db()
    assert ("Oneby" in text(made_again), "Bothby" in text(made_again)) == (False, True)
    assert given(liverpool) == {made_again.pk}

    wirral.protocols.update(ended_on=timezone.localdate())
    assert given(wirral) == set()


def test_a_partner_of_another_agency_sees_nothing_in_any_table(meeting, agencies):
    made.closed(meeting)
    stranger = factories.user(Role.PARTNER, agency=factories.agency("Sefton DIP"))

    with context.acting(stranger):
        seen = [model.objects.count() for model in [Meeting, MeetingMinutes, *_tables()]]

    assert seen == [0] * len(seen)


def _tables():
    rows = Meeting._meta.apps.get_app_config("partners")
    return [rows.get_model(name) for name in ["MeetingSeries", "MeetingAgency", "MeetingItem", "MeetingAction"][1:]]


def test_a_partner_may_say_that_an_action_is_done_and_nothing_else(meeting, agencies):
    made.closed(meeting)
    partner = factories.user(Role.PARTNER, agency=agencies[0])
    rows = _tables()[2].objects

    with context.acting(partner):
        assert list(rows.values_list("what", flat=True)) == ["Book a bed"]
        assert rows.update(done_on=timezone.localdate(), done_by=partner) == 1
        for change in [{"what": "Other"}, {"due_on": timezone.localdate()}]:
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.update(**change)
