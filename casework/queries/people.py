"""A person as pages show him: found, opened, summed up in a header."""

from dataclasses import dataclass, field

from django.db.models.expressions import RawSQL
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.formats import date_format

from casework import audit, events
from casework.access import ReasonNeeded, Role
from casework.formats import reference
from casework.models import Alert, Case, CustodySpell, Location, Person, ReleaseDate
from casework.queries import openings, restrictions
from casework.queries.cases import referred, staged, with_strands

COLOURS = {Alert.Acct.OPEN: "red", Alert.Acct.FOLLOWED_UP: "orange"}


@dataclass
class Header:
    """What stands above every page about a person. ``alerts``: texts of the alerts that change how the team works; ``acct``: the
    ACCT that is open, or None; ``kept_apart``: how widely somebody is kept apart from others, without their names; ``referral_url``: where
    the referral is that waits, if there is no open case.
    """

    person: Person
    spell: CustodySpell | None
    location: Location | None
    release_on: object
    case: Case | None
    worker: object
    alerts: list = field(default_factory=list)
    acct: Alert | None = None
    kept_apart: list = field(default_factory=list)
    restricted: bool = False
    referral_url: str = ""

    @property
    def place(self):
        """Where the person is in a word: the cell, or at court; nothing while he is not on the roll."""
        if self.location is None or self.spell.off_roll_on:
            return ""
        if self.location.whereabouts == Location.Whereabouts.IN:
            return self.location.cell or "Cell not known"
        return self.location.get_whereabouts_display()

    @property
    def acct_review(self):
        """When the open ACCT is reviewed next, in words."""
        day = self.acct and self.acct.review_on
        if not day:
            return "next review not known"
        said = date_format(day, "j F")
        return f"review was due on {said}" if day < timezone.localdate() else f"next review {said}"


def open_record(request, person_id, *, what="person"):
    """The person with this key if the signed-in user may see him (else 404), with the opening written to the trail.

    Raises ``ReasonNeeded`` where the record is outside the user's own work and he has not said why. Returns a ``Header``; six queries,
    whatever the person's history, and one more for what is not his own work by the rules of casework alone, or who has no open case.
    """
    person = entered(request.user, person_id)
    outside = {"access": person.access} if getattr(person, "access", None) and not person.is_own else {}
    audit.opened(request, person, what=what, **outside)
    return header(person, request.user)


def entered(user, person_id):
    """The person with this key if ``user`` may see him (else 404) and need give no reason, or gave one (else ``ReasonNeeded``).

    The one door to the record of one person: every view about a person, or about a row of his, comes through here. What is whose own
    work is told by ``casework.queries.openings``. The caseload of a team is its manager's own work.
    """
    apart = RawSQL("ARRAY(SELECT ww.kept_apart(casework_person.id))", [])
    people = restrictions.marked(Person.objects.visible_to(user)).annotate(kept_apart=apart)
    if user.role != Role.KEYWORKER:
        return get_object_or_404(people, pk=person_id)
    person = get_object_or_404(people.annotate(**openings.standing(user)), pk=person_id)
    if person.is_own or person.access:
        return person
    if any(answer for _, answer in events.own_work_asked.send(sender=Person, person=person, user=user)):
        return person
    raise ReasonNeeded(person)


def header(person, user):
    """The header of ``person``, fetched by ``open_record``, as ``user`` may see it."""
    spell = CustodySpell.objects.visible_to(user).current().filter(person=person).first()
    location = Location.objects.filter(spell=spell, until_at=None).select_related("wing").first() if spell else None
    releases = (
        ReleaseDate.objects.ahead(timezone.localdate()).filter(spell=spell) if spell else ReleaseDate.objects.none()
    )
    case = with_strands(staged(Case.objects.visible_to(user).open())).filter(person=person).first()
    allocation = case and case.allocations.filter(until_at=None).select_related("worker").first()
    alerts = list(Alert.objects.filter(person=person, prison_id=user.prison_id).open())
    return Header(
        person=person,
        spell=spell,
        location=location,
        release_on=releases.values_list("on", flat=True).first(),
        case=case,
        worker=allocation.worker if allocation else None,
        alerts=_tags(alerts, person.kept_apart),
        acct=next((alert for alert in alerts if alert.code == Alert.Acct.OPEN), None),
        kept_apart=person.kept_apart,
        restricted=getattr(person, "is_restricted", False),
        referral_url="" if case else referred([person.pk], user).get(person.pk, ""),
    )


def _tags(alerts, kept_apart):
    """The alerts that are in our list, never those of type D, and that the person is kept apart."""
    known = reference.alerts()
    tags = [
        {"code": row.code, "text": known[row.code].label, "colour": COLOURS.get(row.code, "")}
        for row in alerts
        if row.code in known and "D" not in {row.kind, reference.alert_type(row.code)}
    ]
    return tags + ([{"code": "", "text": "Keep apart", "colour": "orange"}] if kept_apart else [])
