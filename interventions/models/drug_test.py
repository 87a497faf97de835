"""Mandatory and compact-based drug tests (domain.md 2.5 and 2.6). Whose result it is, is for those who have the duty."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from casework.models import Person, Prison, User
from casework.models.base import Once, PersonalOnceQuerySet, Versioned
from interventions.models.group import OfPrison
from interventions.models.unit import UnitStay


class TestList(Versioned, Once):
    """The random tests of one month: so many people drawn for the main list, and an ordered reserve list. Fixed once drawn.

    ``population``: average number of people held over the twelve months before.
    """

    __test__ = False

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    population = models.PositiveSmallIntegerField()
    percent = models.PositiveSmallIntegerField(default=5)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = OfPrison.as_manager()

    class Meta:
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(
                fields=["prison", "month"],
                name="one_test_list_per_month",
                violation_error_message="There is a list for this month already.",
            )
        ]


class DutyQuerySet(PersonalOnceQuerySet):
    """Rows about drug tests."""

    def visible_to(self, user):
        """Rows, names and all, to those with the duty; to others none."""
        return super().visible_to(user) if user.has_duty(User.Duty.TESTS) else self.none()


class DrugTestQuerySet(DutyQuerySet):
    def in_hand(self):
        """Tests that wait for something: to be made, for the laboratory, for a charge. A reserve waits once it is called up."""
        may_be_charged = ~Q(kind=DrugTest.Kind.COMPACT) & Q(adjudicated=False)
        open_ones = (
            Q(state=DrugTest.State.SELECTED)
            | Q(state=DrugTest.State.SAMPLED, result="")
            | may_be_charged & (Q(state=DrugTest.State.REFUSED) | Q(result=DrugTest.Result.POSITIVE))
        )
        return self.filter(open_ones).exclude(part=DrugTest.Part.RESERVE, promoted_at=None)


class DrugTest(Versioned, Once):
    """Somebody chosen for a test, and what came of it. A refusal is no result; a prescribed drug may explain a positive one.

    ``selected_on``: for the lists of a month its first day. ``groups``: what was found (``formats.drug_tests``). How far it has got is its
    ``standing``; which may follow which is told by ``MOVES`` and nowhere else, and to which earlier one it may be put right by ``BACK``.
    """

    class Kind(models.TextChoices):
        RANDOM = "RANDOM", "Mandatory: random"
        SUSPICION = "SUSPICION", "Mandatory: suspicion"
        RISK = "RISK", "Mandatory: risk assessment"
        FREQUENT = "FREQUENT", "Mandatory: frequent"
        RECEPTION = "RECEPTION", "Mandatory: on reception"
        COMPACT = "COMPACT", "Compact-based"

    class Part(models.TextChoices):
        MAIN = "MAIN", "Main list"
        RESERVE = "RESERVE", "Reserve list"

    class State(models.TextChoices):
        SELECTED = "SELECTED", "Not started"
        SAMPLED = "SAMPLED", "Sample taken"
        REFUSED = "REFUSED", "Refused"
        UNABLE = "UNABLE", "Unable to test"
        MISTAKE = "MISTAKE", "Added by mistake"

    class Result(models.TextChoices):
        NEGATIVE = "NEGATIVE", "Negative"
        POSITIVE = "POSITIVE", "Positive"
        MITIGATED = "MITIGATED", "Positive, explained by a prescription"

    class Standing(models.TextChoices):
        SELECTED = "SELECTED", "Not started"
        SAMPLED = "SAMPLED", "Waits for the result"
        NEGATIVE = "NEGATIVE", "Negative"
        POSITIVE = "POSITIVE", "Positive"
        MITIGATED = "MITIGATED", "Positive, explained by a prescription"
        POSITIVE_CHARGED = "POSITIVE_CHARGED", "Positive, adjudicated"
        REFUSED = "REFUSED", "Refused"
        REFUSED_CHARGED = "REFUSED_CHARGED", "Refused, adjudicated"
        UNABLE = "UNABLE", "Unable to test"
        MISTAKE = "MISTAKE", "Added by mistake"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="drug_tests")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=9, choices=Kind)
    test_list = models.ForeignKey(TestList, on_delete=models.PROTECT, null=True, blank=True, related_name="tests")
    part = models.CharField(max_length=7, choices=Part, blank=True)
    number = models.PositiveSmallIntegerField(null=True, blank=True)
    promoted_at = models.DateTimeField(null=True, blank=True)
    stay = models.ForeignKey(UnitStay, on_delete=models.PROTECT, null=True, blank=True, related_name="tests")
    selected_on = models.DateField()
    state = models.CharField(max_length=8, choices=State, default=State.SELECTED)
    unable_why = models.CharField(max_length=12, blank=True)
    sampled_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=9, choices=Result, blank=True)
    groups = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    mitigation = models.CharField(max_length=200, blank=True)
    adjudicated = models.BooleanField(default=False)
    referred_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = DrugTestQuerySet.as_manager()

    class Meta:
        ordering = ["-selected_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["test_list", "part", "number"],
                condition=Q(test_list__isnull=False),
                name="one_place_on_a_test_list",
            ),
            models.CheckConstraint(
                name="test_sampled_has_its_moment",
                condition=Q(state="SAMPLED", sampled_at__isnull=False)
                | ~Q(state="SAMPLED") & Q(sampled_at=None, result=""),
            ),
            models.CheckConstraint(
                name="test_unable_has_its_reason",
                condition=Q(state="UNABLE") & ~Q(unable_why="") | ~Q(state="UNABLE") & Q(unable_why=""),
            ),
            models.CheckConstraint(
                name="test_positive_names_what_was_found",
                condition=Q(result__in=["", "NEGATIVE"], groups=[])
                | Q(result__in=["POSITIVE", "MITIGATED"]) & ~Q(groups=[]),
            ),
            models.CheckConstraint(
                name="test_mitigated_says_by_what",
                condition=Q(result="MITIGATED") & ~Q(mitigation="") | ~Q(result="MITIGATED") & Q(mitigation=""),
            ),
            models.CheckConstraint(
                name="test_random_is_on_a_list",
                condition=Q(kind="RANDOM", test_list__isnull=False, number__isnull=False) & ~Q(part="")
                | ~Q(kind="RANDOM") & Q(test_list=None, number=None, part="", promoted_at=None),
            ),
            models.CheckConstraint(
                name="test_compact_belongs_to_a_stay",
                condition=Q(kind="COMPACT", stay__isnull=False) | ~Q(kind="COMPACT") & Q(stay=None),
            ),
            # What a compact does not allow is no offence (domain.md 2.5).
            models.CheckConstraint(
                name="test_charge_is_for_a_refusal_or_a_positive",
                condition=Q(adjudicated=False)
                | ~Q(kind="COMPACT") & (Q(state="REFUSED") | Q(state="SAMPLED", result="POSITIVE")),
            ),
            # A list is fixed once it is drawn (domain.md 2.6).
            models.CheckConstraint(name="test_on_a_list_is_no_mistake", condition=~Q(state="MISTAKE", kind="RANDOM")),
        ]
        indexes = [
            models.Index(fields=["prison", "kind", "selected_on"], name="test_of_prison"),
            models.Index(fields=["prison", "person"], name="test_of_person"),
        ]

    @property
    def standing(self):
        """How far the test has got."""
        return _STANDINGS[self.state, self.result, self.adjudicated]

    @property
    def steps(self):
        """The standings that may follow, in the order in which they are offered."""
        steps = MOVES[self.standing]
        return [step for step in steps if not (self.kind == self.Kind.COMPACT and STANDS_FOR[step][2])]

    @property
    def earlier(self):
        """The standings to which it may be put right; a test that is on no list may have been added by mistake."""
        mistake = [] if self.test_list_id or self.standing == self.Standing.MISTAKE else [self.Standing.MISTAKE]
        return BACK[self.standing] + mistake

    @property
    def on(self):
        """The day of the sample; where there is none, the day on which the person was chosen."""
        return timezone.localdate(self.sampled_at) if self.sampled_at else self.selected_on

    @property
    def breach_nonce(self):
        """What the breach of the compact is made with that this test shows: one, however often it is recorded."""
        return uuid.uuid5(self.nonce, "breach")

    @property
    def at_weekend(self):
        """Whether the sample was taken on a Saturday or a Sunday."""
        return bool(self.sampled_at) and timezone.localdate(self.sampled_at).weekday() >= 5

    @property
    def place(self):
        """Where somebody stands on the lists of a month, in a word."""
        return f"{'Reserve' if self.part == self.Part.RESERVE else 'Main'} {self.number}" if self.number else ""


class DrugTestCorrection(Once):
    """What a test said before it was put right, in words that stay, and why it was wrong: added, never changed."""

    test = models.ForeignKey(DrugTest, on_delete=models.PROTECT, related_name="corrections")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    was = models.TextField(max_length=2000)
    why = models.CharField(max_length=200)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = DutyQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]


_S = DrugTest.Standing
# Standing → state, result, adjudicated.
STANDS_FOR = {
    _S.SELECTED: ("SELECTED", "", False),
    _S.SAMPLED: ("SAMPLED", "", False),
    _S.NEGATIVE: ("SAMPLED", "NEGATIVE", False),
    _S.POSITIVE: ("SAMPLED", "POSITIVE", False),
    _S.MITIGATED: ("SAMPLED", "MITIGATED", False),
    _S.POSITIVE_CHARGED: ("SAMPLED", "POSITIVE", True),
    _S.REFUSED: ("REFUSED", "", False),
    _S.REFUSED_CHARGED: ("REFUSED", "", True),
    _S.UNABLE: ("UNABLE", "", False),
    _S.MISTAKE: ("MISTAKE", "", False),
}
_STANDINGS = {stands_for: standing for standing, stands_for in STANDS_FOR.items()}
# Which standing may follow which (domain.md 8.3): the one table of it.
MOVES = {
    _S.SELECTED: [_S.SAMPLED, _S.REFUSED, _S.UNABLE],
    _S.SAMPLED: [_S.NEGATIVE, _S.POSITIVE, _S.MITIGATED],
    _S.POSITIVE: [_S.MITIGATED, _S.POSITIVE_CHARGED],
    _S.REFUSED: [_S.REFUSED_CHARGED],
    _S.NEGATIVE: [],
    _S.MITIGATED: [],
    _S.POSITIVE_CHARGED: [],
    _S.REFUSED_CHARGED: [],
    _S.UNABLE: [],
    _S.MISTAKE: [],
}
# To which earlier standing a wrong one may be put right; the right step is then recorded as any other.
BACK = {
    _S.SELECTED: [],
    _S.SAMPLED: [_S.SELECTED],
    _S.NEGATIVE: [_S.SAMPLED, _S.SELECTED],
    _S.POSITIVE: [_S.SAMPLED, _S.SELECTED],
    _S.MITIGATED: [_S.SAMPLED, _S.SELECTED],
    _S.POSITIVE_CHARGED: [_S.POSITIVE, _S.SAMPLED, _S.SELECTED],
    _S.REFUSED: [_S.SELECTED],
    _S.REFUSED_CHARGED: [_S.REFUSED, _S.SELECTED],
    _S.UNABLE: [_S.SELECTED],
    _S.MISTAKE: [_S.SELECTED],
}
