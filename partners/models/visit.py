"""Visitors of agencies who carry keys, whom they saw on the wings, and what they took away."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

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

    def may_walk_on(self, day):
        """Whether vetting and key talk both cover ``day``."""
        return self.ended_on is None and self.vetted_until >= day and self.key_talk_until >= day


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
    """Somebody whom an agency takes on before, or apart from, a handover: its own answer closes the loop."""

    class State(models.TextChoices):
        MADE = "MADE", "Waits for an answer"
        ACCEPTED = "ACCEPTED", "Accepted"
        REFUSED = "REFUSED", "Refused"
        WITHDRAWN = "WITHDRAWN", "Withdrawn"

    MOVES = {
        State.MADE: [State.ACCEPTED, State.REFUSED, State.WITHDRAWN],
        State.ACCEPTED: [],
        State.REFUSED: [],
        State.WITHDRAWN: [],
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

    objects = AboutSomebody.as_manager()

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

    A visitor who types it is told no name, unless that person agreed to be seen by his agency.
    """

    class What(models.TextChoices):
        ADVICE = "ADVICE", "Advice"
        SUPPORT = "SUPPORT", "Support"
        TAKEN_AWAY = "TAKEN_AWAY", "Referral taken away"
        TO_US = "TO_US", "Referral to the prison’s team"
        NOT_SEEN = "NOT_SEEN", "Not seen"

    visit = models.ForeignKey(WingVisit, on_delete=models.PROTECT, related_name="lines")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=10)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    planned = models.BooleanField(default=False)
    what = models.CharField(max_length=10, choices=What)
    note = models.CharField(max_length=500, blank=True)
    outward = models.ForeignKey(OutwardReferral, on_delete=models.PROTECT, null=True, blank=True, related_name="lines")

    objects = AboutSomebody.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["prison", "person"], name="visit_line_of_person")]
