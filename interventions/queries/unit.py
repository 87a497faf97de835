"""Who lives on a drug-free unit, who waits, and where what we know differs from what the roll says."""

from dataclasses import dataclass, field

from django.db.models import Count, Prefetch, Q
from django.utils import timezone

from casework.formats import cells
from casework.models import CustodySpell, Location, Wing
from interventions.models import Breach, CompactTerms, DrugTest, PeerSupporter, UnitStay
from interventions.queries import drug_test

State = UnitStay.State


@dataclass
class Difference:
    """Somebody whom the roll shows elsewhere than our record: ``stay`` is None where we have none."""

    person: object
    stay: UnitStay | None
    place: str
    lives_there: bool


@dataclass
class Page:
    """The unit on ``wing``. ``free``: places neither taken nor offered, below nought where people are too many, None if not known."""

    wing: Wing
    terms: CompactTerms | None
    living: list = field(default_factory=list)
    waiting: list = field(default_factory=list)
    differences: list = field(default_factory=list)

    @property
    def offered(self):
        return sum(stay.state == State.OFFERED for stay in self.waiting)

    @property
    def free(self):
        return None if self.wing.places is None else self.wing.places - len(self.living) - self.offered

    @property
    def over(self):
        return -self.free if self.free is not None and self.free < 0 else 0

    @property
    def reviews_late(self):
        return sum(stay.is_review_late for stay in self.living)

    @property
    def tests_late(self):
        return sum(stay.is_test_late for stay in self.living)

    @property
    def people(self):
        told = [*self.living, *self.waiting, *self.differences]
        return {row.person.pk for row in told}


def units(user):
    """The wings of the prison of ``user`` that are drug-free units, or have somebody who lives there as on one."""
    live = UnitStay.objects.visible_to(user).live().values("wing")
    return Wing.objects.visible_to(user).current().filter(Q(kind=Wing.Kind.DRUG_FREE) | Q(pk__in=live))


def page(user, wing):
    """The unit on ``wing`` as ``user`` may see it: three queries and one for the compact, whatever its size."""
    stays = list(_stays(user).live().filter(wing=wing).select_related("person").order_by("asked_on", "pk"))
    places = _places(user, wing, {stay.person_id for stay in stays})
    today = timezone.localdate()
    for stay in stays:
        stay.place = places.get(stay.person_id)
        stay.where = said(stay.place)
        stay.days = (today - stay.asked_on).days
    living = [stay for stay in stays if stay.state == State.LIVING]
    return Page(
        wing=wing,
        terms=CompactTerms.objects.current(user.prison_id),
        living=sorted(living, key=lambda stay: (_cell(stay.place), stay.person.surname_key, stay.pk)),
        waiting=[stay for stay in stays if stay.state != State.LIVING],
        differences=_differences(wing, living, stays, places),
    )


def late(user):
    """How many reviews and how many tests are overdue on the units of the prison of ``user``: one query."""
    today, living = timezone.localdate(), UnitStay.objects.visible_to(user).filter(state=State.LIVING)
    counts = living.aggregate(
        reviews=Count("pk", filter=Q(review_due__lt=today)), tests=Count("pk", filter=Q(test_due__lt=today))
    )
    return counts["reviews"], counts["tests"]


def of_person(person, user):
    """Every stay of ``person``, the newest first, with compacts signed, reviews and breaches; for those with the duty, with tests."""
    breaches = Breach.objects.visible_to(user).select_related("recorded_by")
    stays = list(
        UnitStay.objects.visible_to(user)
        .filter(person=person)
        .select_related("wing", "made_by")
        .prefetch_related("reviews__recorded_by", "signings__by", Prefetch("breaches", breaches))
        .order_by("-asked_on", "-pk")
    )
    tests, wrong = {}, {row.pk: row for row in not_allowed(user, stays)}
    for test in DrugTest.objects.visible_to(user).filter(stay__in=[stay.pk for stay in stays]):
        tests.setdefault(test.stay_id, []).append(wrong.get(test.pk) or drug_test.described(test))
    for stay in stays:
        stay.its_tests = tests.get(stay.pk, [])
    return stays


# What a test under a compact that went wrong is recorded as, where the team records it.
BREACHES = {DrugTest.Standing.POSITIVE: Breach.What.POSITIVE, DrugTest.Standing.REFUSED: Breach.What.MISSED_TEST}


def not_allowed(user, stays):
    """Tests of ``stays`` that the compact does not allow, for those with the duty: two queries; for others none, and no query.

    Each has ``breach``, what it would be recorded as, and ``answered``: whether such a breach was recorded on its day or since.
    """
    if not user.has_duty(user.Duty.TESTS):
        return []
    keys = [stay.pk for stay in stays]
    went_wrong = Q(state=DrugTest.State.REFUSED) | Q(result=DrugTest.Result.POSITIVE)
    tests = DrugTest.objects.visible_to(user).filter(went_wrong, stay__in=keys).select_related("person")
    recorded = Breach.objects.visible_to(user).filter(stay__in=keys, what__in=BREACHES.values())
    since = {(stay, what): on for stay, what, on in recorded.order_by("on").values_list("stay", "what", "on")}
    rows = [drug_test.described(row) for row in tests.order_by("selected_on", "pk")]
    for row in rows:
        row.breach = BREACHES[row.standing]
        day = since.get((row.stay_id, row.breach))
        row.answered = bool(day and day >= row.on)
    return rows


def peer_work(person, user):
    """The work of ``person`` as a peer supporter, the newest first."""
    return PeerSupporter.objects.visible_to(user).filter(person=person).order_by("-proposed_on", "-pk")


def said(place):
    """Where somebody is, in a word."""
    if place is None:
        return "Not here"
    if place.spell.off_roll_on:
        return "Not on the roll"
    if place.whereabouts != Location.Whereabouts.IN:
        return place.get_whereabouts_display()
    return place.cell or "Cell not known"


def is_on(place, wing):
    """Whether a place, as the roll said it, is on the unit of ``wing``."""
    if place is None or place.spell.off_roll_on or place.whereabouts != Location.Whereabouts.IN:
        return False
    return place.wing_id == wing.pk and (not wing.landing or cells.landing(place.cell) == wing.landing)


def _stays(user):
    breaches = Count("breaches", distinct=True, filter=Q(breaches__in=Breach.objects.visible_to(user)))
    return UnitStay.objects.visible_to(user).annotate(breach_count=breaches)


def _places(user, wing, people):
    """Person → open place, of ``people`` and of everybody on ``wing``."""
    spells = CustodySpell.objects.visible_to(user).current()
    rows = Location.objects.filter(Q(spell__person__in=people) | Q(wing=wing), spell__in=spells, until_at=None)
    return {row.spell.person_id: row for row in rows.select_related("spell__person")}


def _differences(wing, living, stays, places):
    """Those who live on the unit as we say and whom the roll has elsewhere, then those whom it has there and we do not."""
    elsewhere = [
        Difference(stay.person, stay, stay.where, True)
        for stay in living
        if not is_on(stay.place, wing) and not _is_out(stay.place)
    ]
    ours, known = {stay.person_id for stay in living}, {stay.person_id: stay for stay in stays}
    unknown = [
        Difference(place.spell.person, known.get(person), said(place), False)
        for person, place in places.items()
        if person not in ours and is_on(place, wing)
    ]
    return elsewhere + sorted(unknown, key=lambda row: (cells.sort_key(row.place), row.person.pk))


def _is_out(place):
    """At court or out for a while: the place is kept, so this is no difference."""
    return bool(place and not place.spell.off_roll_on and place.whereabouts != Location.Whereabouts.IN)


def _cell(place):
    return place.cell_key if place and place.cell_key else cells.LAST
