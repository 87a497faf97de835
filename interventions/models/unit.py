"""The drug-free unit: its places, compacts, breaches and reviews."""

from datetime import timedelta

from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

from casework.models import Person, Prison, User, Wing
from casework.models.base import Once, PersonalOnceQuerySet, PersonalQuerySet, Versioned
from interventions.models.group import OfPrison


class UnitStayQuerySet(PersonalOnceQuerySet):
    def live(self):
        """Stays of those who wait for a place or have one."""
        return self.filter(left_on=None)

    def taking_places(self):
        """Stays of those who live on a unit or have been offered a place there."""
        return self.filter(state__in=[UnitStay.State.LIVING, UnitStay.State.OFFERED])

    def one_offer_at_a_time(self, wing):
        """Let nobody else offer a place on ``wing`` before this transaction is over."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [self.model._meta.db_table, wing.pk]
            )


class UnitStay(Versioned, Once):
    """Somebody who asked for a place on a drug-free wing, from the day he asked until the day he left it or was turned down.

    ``compact``: the version of the terms that he signed last. A breach is not a disciplinary charge (domain.md 2.5). ``MOVES``: from which
    state to which; ``WHY``: the reasons that staff may give for leaving a state. The others come with the end of the spell.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", "Waiting for a place"
        OFFERED = "OFFERED", "Offered a place"
        LIVING = "LIVING", "On the unit"
        LEFT = "LEFT", "Left"

    class Left(models.TextChoices):
        RELEASED = "RELEASED", "Released"
        TRANSFERRED = "TRANSFERRED", "Transferred"
        COURT = "COURT", "Did not come back from court"
        DIED = "DIED", "Died"
        OWN_WISH = "OWN_WISH", "Own wish"
        BREACH = "BREACH", "Breach of the compact"
        SECURITY = "SECURITY", "Moved by security"
        HEALTH = "HEALTH", "Health"
        TURNED_DOWN = "TURNED_DOWN", "Not suitable"
        WITHDREW = "WITHDREW", "No longer wants a place"
        OTHER = "OTHER", "Another reason"

    AGAIN = timedelta(days=28)  # from one review, or one test, to the next, unless somebody says otherwise
    MOVES = {
        State.WAITING: {State.OFFERED, State.LIVING, State.LEFT},
        State.OFFERED: {State.WAITING, State.LIVING, State.LEFT},
        State.LIVING: {State.LEFT},
        State.LEFT: set(),
    }
    WHY = {
        State.WAITING: [Left.TURNED_DOWN, Left.WITHDREW, Left.OTHER],
        State.OFFERED: [Left.WITHDREW, Left.TURNED_DOWN, Left.OTHER],
        State.LIVING: [Left.OWN_WISH, Left.BREACH, Left.SECURITY, Left.HEALTH, Left.OTHER],
        State.LEFT: [],
    }

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="unit_stays")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    wing = models.ForeignKey(Wing, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    asked_on = models.DateField()
    offered_on = models.DateField(null=True, blank=True)
    joined_on = models.DateField(null=True, blank=True)
    compact = models.CharField(max_length=10, blank=True)
    signed_on = models.DateField(null=True, blank=True)
    review_due = models.DateField(null=True, blank=True)
    test_due = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)
    left_why = models.CharField(max_length=11, choices=Left, blank=True)
    left_note = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = UnitStayQuerySet.as_manager()

    class Meta:
        ordering = ["asked_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "prison"],
                condition=Q(left_on=None),
                name="one_unit_stay_at_a_time",
                violation_error_message="This person waits for a place, or has one, already.",
            ),
            models.CheckConstraint(
                name="unit_stay_in_order",
                condition=(Q(joined_on=None) | Q(joined_on__gte=models.F("asked_on")))
                & (Q(left_on=None) | Q(left_on__gte=models.F("asked_on"))),
                violation_error_message="These dates are out of order.",
            ),
            models.CheckConstraint(
                name="unit_stay_left_for_a_reason",
                condition=Q(left_on=None, left_why="") & ~Q(state="LEFT")
                | Q(left_on__isnull=False, state="LEFT") & ~Q(left_why=""),
            ),
            models.CheckConstraint(
                name="unit_stay_joined_with_a_compact",
                condition=Q(joined_on=None, compact="", signed_on=None) & ~Q(state="LIVING")
                | Q(joined_on__isnull=False, signed_on__isnull=False) & ~Q(compact=""),
                violation_error_message="Whoever lives on the unit has signed a compact.",
            ),
        ]
        indexes = [models.Index(fields=["prison", "wing", "state"], name="unit_stay_of_wing")]

    def __str__(self):
        return f"{self.wing}, from {self.asked_on:%-d %B %Y}"

    @property
    def is_review_late(self):
        return bool(self.review_due and self.review_due < timezone.localdate() and self.state == self.State.LIVING)

    @property
    def is_test_late(self):
        return bool(self.test_due and self.test_due < timezone.localdate() and self.state == self.State.LIVING)


class CompactTermsQuerySet(OfPrison):
    def current(self, prison_id):
        """The version that people sign today in a prison; None before the first is written."""
        rows = self.filter(prison_id=prison_id, from_on__lte=timezone.localdate())
        return rows.order_by("-from_on", "-pk").first()

    def one_writer(self):
        """Let nobody else write a version before this transaction is over."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [self.model._meta.db_table])


class CompactTerms(Once):
    """What somebody signs who comes to live on a drug-free wing, by version. A version is never changed.

    ``told``: a line for each point, with the point's name before a colon.
    """

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    version = models.CharField(max_length=10)
    from_on = models.DateField()
    told = models.TextField(max_length=6000)

    objects = CompactTermsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "compact terms"
        ordering = ["-from_on", "-pk"]
        constraints = [models.UniqueConstraint(fields=["prison", "version"], name="one_compact_per_version")]

    def __str__(self):
        return self.version

    @property
    def points(self):
        """(name, words) of each point."""
        return [(name, words.strip()) for name, _, words in (line.partition(":") for line in self.told.splitlines())]


class CompactSigned(models.Model):
    """Somebody who lives on the unit signed a version of the compact: added, never changed."""

    stay = models.ForeignKey(UnitStay, on_delete=models.PROTECT, related_name="signings")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    version = models.CharField(max_length=10)
    on = models.DateField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = PersonalQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "compacts signed"
        ordering = ["-on", "-pk"]


class BreachQuerySet(PersonalOnceQuerySet):
    def visible_to(self, user):
        """Breaches of the prison of ``user``; what came of a test is told to those with the duty only, as of the test itself."""
        seen = super().visible_to(user)
        return seen if user.has_duty(User.Duty.TESTS) else seen.exclude(what__in=Breach.OF_TESTS)


class Breach(Once):
    """Something that the compact does not allow, and what the team did about it. No disciplinary charge (domain.md 2.5)."""

    class What(models.TextChoices):
        POSITIVE = "POSITIVE", "Positive test"
        MISSED_TEST = "MISSED_TEST", "Missed or refused a test"
        MISSED_SESSION = "MISSED_SESSION", "Missed sessions"
        DRUGS = "DRUGS", "Drugs or alcohol found"
        BEHAVIOUR = "BEHAVIOUR", "Behaviour towards others"
        OTHER = "OTHER", "Something else"

    class Response(models.TextChoices):
        TALKED = "TALKED", "Talked it through"
        WARNING = "WARNING", "Written warning"
        MORE_TESTS = "MORE_TESTS", "More tests"
        REVIEW = "REVIEW", "Called a review"
        LEAVES = "LEAVES", "Leaves the unit"

    OF_TESTS = [What.POSITIVE, What.MISSED_TEST]
    # What a response makes due soon, by the name of the stay's field.
    CALLS = {Response.MORE_TESTS: "test_due", Response.REVIEW: "review_due"}

    stay = models.ForeignKey(UnitStay, on_delete=models.PROTECT, related_name="breaches")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    what = models.CharField(max_length=14, choices=What)
    response = models.CharField(max_length=10, choices=Response)
    note = models.CharField(max_length=500, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = BreachQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "breaches"
        ordering = ["-on", "-pk"]


class UnitReview(Once):
    """A review of a stay: how it goes, and when the next one is."""

    stay = models.ForeignKey(UnitStay, on_delete=models.PROTECT, related_name="reviews")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    agreed = models.TextField(max_length=2000)
    next_on = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-pk"]
