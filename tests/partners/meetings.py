"""What tests of the recovery meeting begin with."""

from datetime import timedelta

from django.utils import timezone

from casework.models import Consent, User
from partners.models import Meeting, MeetingAction, MeetingAgency, MeetingItem
from partners.operations import meetings, minutes
from partners.queries import meetings as queries
from tests import factories
from tests.partners import pages

MEETING = Consent.Purpose.MEETING


def meeting(agencies=(), **given):
    """A meeting of today with these agencies invited, each under a protocol; Liverpool DIP unless told otherwise."""
    given.setdefault("prison", factories.prison())
    given.setdefault("starts_at", timezone.now())
    given.setdefault("made_by", factories.user())
    given.setdefault("made_at", timezone.now())
    made = Meeting.objects.create(**given)
    for agency in agencies or [factories.agency()]:
        invite(made, agency)
    return made


def invite(made, agency, **given):
    if not agency.protocols.exists():
        factories.protocol(agency=agency, prison=made.prison)
    return MeetingAgency.objects.create(
        meeting=made, prison=made.prison, agency=agency, invited_at=timezone.now(), **given
    )


def due(surname="Testerton", *agencies, days=20, worker=None):
    """An open case of somebody due out in so many days, who agreed that ``agencies`` may hear of it."""
    case = factories.case(factories.person(surname), worker=worker or factories.user())
    pages.due(case, days)
    for agency in agencies:
        factories.consent(case.person, agency=agency, purpose=MEETING)
    return case


def item(made, case, **given):
    given.setdefault("listed_by", made.made_by)
    given.setdefault("listed_at", timezone.now())
    given.setdefault("identity", queries.identity(case))
    return MeetingItem.objects.create(meeting=made, person=case.person, case=case, prison=made.prison, **given)


def action(of, **given):
    if "agency" not in given:
        given.setdefault("worker", of.listed_by)
    given.setdefault("what", "Ring the hostel")
    given.setdefault("due_on", timezone.localdate() + timedelta(days=7))
    given.setdefault("made_by", of.listed_by)
    given.setdefault("made_at", timezone.now())
    return MeetingAction.objects.create(item=of, person=of.person, prison=of.prison, **given)


def closed(made):
    """The meeting held and closed, with its minutes built: each by the key of its agency, the prison's own by None."""
    by = made.made_by
    meetings.hold(meeting=made, by=by)
    came = {each.agency_id: (True, "Pat Pretend") for each in made.invited.all()}
    meetings.write(meeting=made, team_present="Kit", minutes="The room was cold.", came=came, by=by)
    meetings.close(meeting=made, by=by)
    for row in made.papers.all():
        minutes.build(minutes_id=row.pk, by=User.objects.system())
    return {row.agency_id: row for row in made.papers.all()}
