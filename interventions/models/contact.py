"""What the team does with people. Every face-to-face piece of work is one row per person, and all activity figures come from it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from casework.models import Case, Goal, Person, Prison, User, Wing
from casework.models.base import Once, OnceQuerySet, PersonalOnceQuerySet, PersonalQuerySet
from casework.models.catalogue import Entry


class ContactType(Entry):
    """A kind of contact. ``counted`` ones are interventions; ``structured`` ones are booked and follow the care plan.

    ``group`` ones are written up by a register. ``ndtms``: what the national return calls it (``formats.reference.interventions``);
    empty where it has no name for it.
    """

    # Kinds that the product itself names, so that they cannot be ended.
    ONE_TO_ONE, BRIEF, GROUP, DROP_IN = "ONE_TO_ONE", "BRIEF", "GROUP", "DROP_IN"
    KEPT = (ONE_TO_ONE, BRIEF, GROUP, DROP_IN)
    # Kinds that tell how somebody is held or watched: nobody outside is told of them (domain.md 5.4).
    INSIDE = ("ACCT", "SEGREGATION")

    structured = models.BooleanField(default=False)
    counted = models.BooleanField(default=True)
    group = models.BooleanField(default=False)
    usual_minutes = models.PositiveSmallIntegerField(default=30)
    ndtms = models.CharField(max_length=20, blank=True)

    class Meta(Entry.Meta):
        constraints = [
            models.UniqueConstraint(Lower("code"), name="one_contact_type_per_code"),
            models.UniqueConstraint(
                Lower("name"),
                condition=Q(ended_on=None),
                name="one_open_contact_type_per_name",
                violation_error_message="There is already a kind with this name.",
            ),
        ]


class Topic(Entry):
    """Something that is talked about, as the team lists it."""

    class Meta(Entry.Meta):
        constraints = [
            models.UniqueConstraint(Lower("code"), name="one_topic_per_code"),
            models.UniqueConstraint(
                Lower("name"),
                condition=Q(ended_on=None),
                name="one_open_topic_per_name",
                violation_error_message="There is already a topic with this name.",
            ),
        ]


class ContactQuerySet(PersonalOnceQuerySet):
    def standing(self):
        """Contacts that nobody took back."""
        return self.filter(withdrawn_at=None)

    def took_place(self):
        """Contacts that happened, whatever their kind."""
        return self.filter(outcome=Contact.Outcome.TOOK_PLACE)


class StandingContacts(models.Manager.from_queryset(ContactQuerySet)):
    """What was taken back is in no list and no figure that did not ask for it by name (``Contact.everything``)."""

    def get_queryset(self):
        return super().get_queryset().standing()


class Contact(Once):
    """One person seen, or not seen and why. The reason says whose it was: the person's, the prison's or ours (domain.md 6.2).

    Never deleted: one that was written up for the wrong person is withdrawn, with the reason.
    """

    class Outcome(models.TextChoices):
        TOOK_PLACE = "TOOK_PLACE", "Took place"
        PERSON_REFUSED = "PERSON_REFUSED", "Person: refused"
        PERSON_ILL = "PERSON_ILL", "Person: ill"
        PERSON_CLASH = "PERSON_CLASH", "Person: visit, court or work"
        REGIME_NOT_UNLOCKED = "REGIME_NOT_UNLOCKED", "Prison: not unlocked or no escort"
        REGIME_CURTAILED = "REGIME_CURTAILED", "Prison: regime curtailed"
        REGIME_MOVED = "REGIME_MOVED", "Prison: moved away"
        TEAM_NO_ROOM = "TEAM_NO_ROOM", "Team: no room"
        TEAM_ABSENT = "TEAM_ABSENT", "Team: worker absent"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="contacts")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="contacts")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="contacts")
    type = models.ForeignKey(ContactType, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    place = models.CharField(max_length=60, blank=True)
    outcome = models.CharField(max_length=19, choices=Outcome, default=Outcome.TOOK_PLACE)
    note = models.TextField(max_length=10000, blank=True)
    topics = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    late = models.BooleanField(default=False)
    round = models.ForeignKey(
        "interventions.WingRound", on_delete=models.PROTECT, null=True, blank=True, related_name="contacts"
    )
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_why = models.CharField(max_length=200, blank=True)

    objects = StandingContacts()
    everything = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="contact_withdrawal_is_whole",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_why="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_why="")),
                violation_error_message="Say why it is taken back.",
            ),
            models.CheckConstraint(
                name="contact_minutes_in_range",
                condition=Q(minutes__gte=1, minutes__lte=480),
                violation_error_message="Minutes are between 1 and 480.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["prison", "at"],
                include=["type", "outcome", "minutes", "person"],
                condition=Q(withdrawn_at=None),
                name="contact_of_prison",
            ),
            models.Index(fields=["prison", "person", "at"], name="contact_of_person"),
            models.Index(fields=["prison", "worker", "at"], name="contact_of_worker"),
        ]


class GoalTouched(models.Model):
    """A goal of the plan that a contact worked on."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="touched")
    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")

    objects = PersonalQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "goal"], name="goal_touched_once_by_a_contact")]


class WingRoundQuerySet(OnceQuerySet):
    def visible_to(self, user):
        """Rounds of the prison of ``user``; whom they name is asked of their contacts."""
        return self.none() if user.is_partner else self.filter(prison_id=user.prison_id)


class WingRound(Once):
    """A walk along a wing, or one landing of it, that was saved at once: each person seen or missed is one of its contacts."""

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    wing = models.ForeignKey(Wing, on_delete=models.PROTECT, related_name="+")
    landing = models.CharField(max_length=8, blank=True)
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    type = models.ForeignKey(ContactType, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = WingRoundQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="round_minutes_in_range",
                condition=Q(minutes__gte=1, minutes__lte=480),
                violation_error_message="Minutes are between 1 and 480.",
            ),
        ]
        indexes = [models.Index(fields=["prison", "wing", "at"], name="round_of_wing")]
