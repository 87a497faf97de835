"""Visitors of agencies who carry keys, whom they saw on the wings, and what they took away."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from casework.models import Agency, Case, Person, Prison, User, Wing
from casework.models.base import Once, OnceQuerySet, Versioned, hidden_from


class OfAgency(OnceQuerySet):
    def visible_to(self, user):
        """Rows of the prison of ``user``; to a partner those of his agency."""
        if user.is_partner:
            return self.filter(agency_id=user.agency_id)
        return self.filter(prison_id=user.prison_id)


class AboutSomebody(OfAgency):
    def visible_to(self, user):
        """As of an agency, but for people who are hidden from ``user``."""
        seen = super().visible_to(user)
        return seen if user.is_partner else seen.exclude(person__isnull=False, person_id__in=hidden_from(user))


class Shared(AboutSomebody):
    def visible_to(self, user):
        """As about somebody; to a partner what his agency may see now, as the database function says that row security asks too."""
        seen = super().visible_to(user)
        if not user.is_partner:
            return seen
        return seen.filter(pk__in=RawSQL("SELECT ww.shared_referrals(%s)", [user.agency_id]))


class WrittenLine(AboutSomebody):
    def visible_to(self, user):
        """As about somebody; to a partner only what his agency wrote, and not whose number it turned out to be."""
        seen = super().visible_to(user)
        return seen.defer("person", "waits_for", "settled_at", "settled_by") if user.is_partner else seen

    def waiting(self):
        """Lines that the team has to look at."""
        return self.exclude(waits_for="").filter(settled_at=None)


class KeyHolder(Versioned, Once):
    """Somebody of an agency who carries keys here. Security vets and talks to him; neither lasts for ever."""

    class Keys(models.TextChoices):
        GATE = "GATE", "Gate and wings"
        WINGS = "WINGS", "Wings"
        OFFICE = "OFFICE", "Our offices"

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    keys = ArrayField(models.CharField(max_length=6, choices=Keys), default=list, blank=True)
    vetted_until = models.DateField()
    key_talk_until = models.DateField()
    reminded_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    objects = OfAgency.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["prison", "agency", "name"],
                condition=Q(ended_on=None),
                name="one_open_key_holder_per_name",
                violation_error_message="This person carries keys already.",
            )
        ]

    def __str__(self):
        return self.name

    @property
    def until(self):
        """The last day on which he may walk."""
        return min(self.vetted_until, self.key_talk_until)

    @property
    def keys_in_words(self):
        return [self.Keys(key).label for key in self.keys]

    def why_not_on(self, day):
        """Why he may not walk on ``day``, in words; nothing where vetting and key talk both cover it."""
        if self.ended_on and self.ended_on < day:
            return f"{self.name} has carried no keys since {_day(self.ended_on)}."
        if self.vetted_until < day:
            return f"The vetting of {self.name} ran out on {_day(self.vetted_until)}, so there was no walk after it."
        if self.key_talk_until < day:
            return f"The key talk of {self.name} ran out on {_day(self.key_talk_until)}, so there was no walk after it."
        return ""


class WingVisit(Once):
    """One walk of a visitor along a wing, written down by him or by the team for him."""

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    visitor = models.ForeignKey(KeyHolder, on_delete=models.PROTECT, related_name="visits")
    wing = models.ForeignKey(Wing, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    on = models.DateField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = OfAgency.as_manager()

    class Meta:
        ordering = ["-on", "-pk"]
        indexes = [
            models.Index(fields=["prison", "on"], name="visit_of_prison"),
            models.Index(fields=["agency", "on"], name="visit_of_agency"),
        ]


class OutwardReferral(Versioned, Once):
    """Somebody whom an agency takes on before, or apart from, a handover: its own answer closes the loop.

    ``seen_at``: when the team knew of the answer.
    """

    class State(models.TextChoices):
        MADE = "MADE", "Waits for an answer"
        ACCEPTED = "ACCEPTED", "Accepted"
        REFUSED = "REFUSED", "Refused"
        WITHDRAWN = "WITHDRAWN", "Withdrawn"

    # What may follow what, and who may take the step; the database function ``ww.keep_outward`` names the same.
    MOVES = {
        State.MADE: {State.ACCEPTED: "AGENCY", State.REFUSED: "AGENCY", State.WITHDRAWN: "PRISON"},
        State.ACCEPTED: {},
        State.REFUSED: {},
        State.WITHDRAWN: {},
    }

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    identity = models.JSONField(default=dict)
    why = models.CharField(max_length=500)
    state = models.CharField(max_length=9, choices=State, default=State.MADE)
    answer = models.CharField(max_length=500, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    seen_at = models.DateTimeField(null=True, blank=True)

    objects = Shared.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "agency"],
                condition=Q(state="MADE"),
                name="one_waiting_referral_to_an_agency",
                violation_error_message="This agency has been asked already.",
            ),
            models.CheckConstraint(
                name="outward_referral_answered", condition=Q(state="MADE") ^ Q(answered_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "person"], name="outward_of_person"),
            models.Index(fields=["agency", "made_at"], name="outward_of_agency"),
        ]


class WingVisitLine(Once):
    """Somebody whom a visitor saw, planned or not. ``number``: as it was typed; ``person``: whose it is here.

    A visitor who types it is told no name, unless that person agreed to be seen by his agency. What he wrote is taken up by the worker,
    who knows whose number it is; no agency reads that, nor what then ``waits_for`` the team.
    """

    class What(models.TextChoices):
        ADVICE = "ADVICE", "Advice"
        SUPPORT = "SUPPORT", "Support"
        TAKEN_AWAY = "TAKEN_AWAY", "Referral taken away"
        TO_US = "TO_US", "Referral to the prison’s team"
        NOT_SEEN = "NOT_SEEN", "Not seen"

    class WaitsFor(models.TextChoices):
        """Why the team has to look at it."""

        NUMBER = "NUMBER", "Nobody here has this number"
        CONSENT = "CONSENT", "Has not agreed that this agency is told"
        ROLL = "ROLL", "Is not on the roll, so cannot be referred"

    visit = models.ForeignKey(WingVisit, on_delete=models.PROTECT, related_name="lines")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=10)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    planned = models.BooleanField(default=False)
    what = models.CharField(max_length=10, choices=What)
    note = models.CharField(max_length=500, blank=True)
    outward = models.ForeignKey(OutwardReferral, on_delete=models.PROTECT, null=True, blank=True, related_name="lines")
    taken_up_at = models.DateTimeField(null=True, blank=True)
    waits_for = models.CharField(max_length=7, choices=WaitsFor, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = WrittenLine.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["prison", "person"], name="visit_line_of_person"),
            models.Index(fields=["id"], condition=Q(taken_up_at=None), name="visit_line_to_take_up"),
        ]


def _day(value):
    return f"{value.day} {value:%B %Y}"
