"""The front door: who asked, why and when, and what the duty worker decided."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from casework.models import Case, CustodySpell, Person, Prison, User, Wing
from casework.models.base import Once, OnceQuerySet, PersonalOnceQuerySet, PersonalQuerySet, Versioned


class CatalogueQuerySet(models.QuerySet):
    def current(self):
        """Entries that may be chosen today."""
        return self.filter(ended_on=None)


class Source(Versioned):
    """Where referrals come from (domain.md 8.2). Internal, external and self are counted apart.

    ``priority``: whoever is referred from here is to be seen the next working day.
    """

    class Group(models.TextChoices):
        INTERNAL = "INTERNAL", "Internal"
        EXTERNAL = "EXTERNAL", "External"
        SELF = "SELF", "Self"

    # Sources that the product itself names, so that they cannot be ended. Nobody chooses OFFERED_AGAIN by hand: the team asked somebody
    # who had declined, and he said yes. It counts as internal, for the team came to him; as self it would flatter that figure.
    SELF, WING, OFFERED_AGAIN = "SELF", "WING", "OFFERED_AGAIN"
    KEPT = (SELF, WING, OFFERED_AGAIN)

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    group = models.CharField(max_length=8, choices=Group)
    priority = models.BooleanField(default=False)
    ended_on = models.DateField(null=True, blank=True)

    objects = CatalogueQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("code"), name="one_source_per_code"),
            models.UniqueConstraint(
                Lower("name"),
                condition=Q(ended_on=None),
                name="one_open_source_per_name",
                violation_error_message="There is already a source with this name.",
            ),
        ]

    def __str__(self):
        return self.name


class Want(Versioned):
    """One thing that a referred person may want, to be ticked. Referrals keep the ``code``, which never changes."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=100)
    ended_on = models.DateField(null=True, blank=True)

    objects = CatalogueQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(Lower("code"), name="one_want_per_code"),
            models.UniqueConstraint(
                Lower("name"),
                condition=Q(ended_on=None),
                name="one_open_want_per_name",
                violation_error_message="There is already an entry with this name.",
            ),
        ]

    def __str__(self):
        return self.name


class Sign(Versioned):
    """One thing that makes a referral a priority, to be ticked; with a ``source``, only in referrals from there (domain.md 8.4)."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_on = models.DateField(null=True, blank=True)

    objects = CatalogueQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("code"), name="one_sign_per_code"),
            models.UniqueConstraint(
                Lower("name"),
                condition=Q(ended_on=None),
                name="one_open_sign_per_name",
                violation_error_message="There is already an entry with this name.",
            ),
        ]

    def __str__(self):
        return self.name


class ReferralQuerySet(PersonalOnceQuerySet):
    def untriaged(self):
        """Referrals that wait for the duty worker, oldest first."""
        return self.filter(triaged_at=None).order_by("received_on", "pk")

    def waiting(self):
        """The untriaged ones that count: repeats of another are answered together with it."""
        return self.untriaged().filter(repeat_of=None)


class Referral(Once):
    """A request that the team see somebody. ``repeat_of``: the person had one open already, so it is not counted again.

    ``wants`` and ``signs`` hold codes of what was ticked. ``wing`` and ``cell`` say where the person was on the day it was received,
    ``office`` which office outside it came from. ``urgency`` is what was said then; what raises it since is derived at reading.
    """

    class Urgency(models.TextChoices):
        ORDINARY = "ORDINARY", "Ordinary"
        PRIORITY = "PRIORITY", "Priority: next working day"

    class Stage(models.TextChoices):
        """How far it has come, derived from claims, attempts and triage."""

        RECEIVED = "RECEIVED", "Received"
        CLAIMED = "CLAIMED", "Taken by duty"
        CONTACTED = "CONTACTED", "Seen, outcome to come"
        ANSWERED = "ANSWERED", "Answered"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="referrals")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    spell = models.ForeignKey(CustodySpell, on_delete=models.PROTECT, related_name="referrals")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    referrer = models.CharField(max_length=120, blank=True)
    received_on = models.DateField()
    reason = models.TextField(max_length=2000)
    wants = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    signs = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    wing = models.ForeignKey(Wing, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cell = models.CharField(max_length=30, blank=True)
    office = models.CharField(max_length=120, blank=True)
    urgency = models.CharField(max_length=8, choices=Urgency, default=Urgency.ORDINARY)
    repeat_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="repeats")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="referrals")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    triaged_at = models.DateTimeField(null=True, blank=True)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        ordering = ["-received_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "prison"],
                condition=Q(triaged_at=None, repeat_of=None),
                name="one_referral_waiting_per_person",
                violation_error_message="This person already has a referral waiting for triage.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "received_on"], condition=Q(triaged_at=None), name="referral_untriaged"),
            models.Index(fields=["prison", "received_on"], name="referral_of_prison"),
            models.Index(fields=["prison", "triaged_at"], name="referral_triaged"),
            models.Index(fields=["prison", "person"], name="referral_of_person"),
        ]

    @property
    def came_from(self):
        """Where it came from, in plain words: the office outside, or the wing and cell of that day; nothing where nobody said."""
        place = [self.wing.name if self.wing else "", f"cell {self.cell}" if self.cell else ""]
        return self.office or ", ".join(part for part in place if part)


class ClaimQuerySet(PersonalQuerySet):
    def live(self, day):
        """Claims that hold on ``day``: taken that day, or the person was seen since. Others lapsed when their day ended."""
        seen = Attempt.objects.filter(
            referral=models.OuterRef("referral"),
            outcome=Attempt.Outcome.SEEN,
            recorded_at__gte=models.OuterRef("from_at"),
        )
        return self.filter(until_at=None).filter(Q(from_at__date=day) | models.Exists(seen))


class Claim(models.Model):
    """A duty worker has taken a referral, so that nobody else goes to see the person; from a moment until another.

    It lapses at the end of the day unless the person was seen; a lapsed one is closed by whoever claims next.
    """

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="claims")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ["-from_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["referral"],
                condition=Q(until_at=None),
                name="one_open_claim_per_referral",
                violation_error_message="This referral is claimed already.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "worker"], condition=Q(until_at=None), name="claim_open"),
            models.Index(fields=["prison", "person"], name="claim_of_person"),
        ]


class Attempt(Once):
    """Somebody went to see the person, and what came of it. ``on``: the day; ``note``: a few words more."""

    class Outcome(models.TextChoices):
        SEEN = "SEEN", "Seen"
        LOCKED = "LOCKED", "Not unlocked"
        ELSEWHERE = "ELSEWHERE", "Elsewhere in the prison: work, gym, visit"
        COURT = "COURT", "At court"
        HOSPITAL = "HOSPITAL", "In hospital"
        UNWELL = "UNWELL", "Unwell"
        LATER = "LATER", "Asked us to come another time"
        OTHER = "OTHER", "Another reason"

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="attempts")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=9, choices=Outcome)
    note = models.CharField(max_length=200, blank=True)
    on = models.DateField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "-pk"]
        indexes = [models.Index(fields=["prison", "person"], name="attempt_of_person")]


class HoldQuerySet(PersonalOnceQuerySet):
    def live(self, day):
        """Holds that stand on ``day``: not lifted by then, and their own day not yet come."""
        return self.filter(lifted_at=None, from_on__lte=day, until_on__gt=day)


class Hold(Once):
    """A referral rests until ``until_on``, and why. Its clock goes on; its stage is derived, so that nothing has to be remembered.

    ``lifted_at``: when it was ended by hand, or found to be over by the next act.
    """

    class Reason(models.TextChoices):
        COURT = "COURT", "At court"
        HOSPITAL = "HOSPITAL", "In hospital"
        ISOLATION = "ISOLATION", "Isolated by healthcare"
        ASKED = "ASKED", "The person asked for time"
        OTHER = "OTHER", "Another reason"

    LONGEST = 84  # days

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="holds")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=9, choices=Reason)
    note = models.CharField(max_length=200, blank=True)
    from_on = models.DateField()
    until_on = models.DateField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["-from_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["referral"],
                condition=Q(lifted_at=None),
                name="one_open_hold_per_referral",
                violation_error_message="This referral is on hold already.",
            ),
            models.CheckConstraint(
                name="hold_ends_after_start",
                condition=Q(until_on__gt=models.F("from_on")),
                violation_error_message="A hold ends on a later day than it began.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "until_on"], condition=Q(lifted_at=None), name="hold_open"),
            models.Index(fields=["prison", "person"], name="hold_of_person"),
        ]


class Triage(models.Model):
    """The initial assessment that answers a referral: what the person needs, and whether we take a case on.

    ``ask_again``: somebody who declined may be offered again after the prison's period (domain.md 8.3).
    """

    class Outcome(models.TextChoices):
        OPEN = "OPEN", "Open a case"
        DECLINED = "DECLINED", "Person declined"
        INAPPROPRIATE = "INAPPROPRIATE", "Not for this team"
        REPEAT = "REPEAT", "Already on the caseload"
        LEFT = "LEFT", "Left before being seen"

    ASSESSED = {Outcome.OPEN, Outcome.REPEAT}

    referral = models.OneToOneField(Referral, on_delete=models.PROTECT, related_name="triage")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="triages")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=13, choices=Outcome)
    substances = models.CharField(max_length=200, blank=True)
    needs = models.TextField(max_length=5000, blank=True)
    ask_again = models.BooleanField(default=True)
    done_on = models.DateField()
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = PersonalQuerySet.as_manager()

    class Meta:
        ordering = ["-done_on", "-pk"]
        verbose_name_plural = "triages"
        indexes = [
            models.Index(fields=["prison", "done_on"], name="triage_of_prison"),
            models.Index(fields=["prison", "person"], name="triage_of_person"),
            models.Index(fields=["prison", "done_on"], condition=Q(outcome="DECLINED"), name="triage_declined"),
        ]

    @property
    def result(self):
        """The outcome as something that has happened."""
        return "Case opened" if self.outcome == self.Outcome.OPEN else self.get_outcome_display()

    @property
    def is_assessment(self):
        """Whether somebody was seen and assessed, which is what *initial assessments* counts (domain.md 7.3)."""
        return self.outcome in self.ASSESSED


class Offer(Once):
    """Somebody who had declined (``triage``) was asked again, and what he said. ``referral``: the one that a yes made."""

    class Answer(models.TextChoices):
        ACCEPTED = "ACCEPTED", "Wants to be seen"
        DECLINED = "DECLINED", "Does not want to now"
        NEVER = "NEVER", "Does not want to be asked again"

    triage = models.ForeignKey(Triage, on_delete=models.PROTECT, related_name="offers")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=8, choices=Answer)
    note = models.CharField(max_length=200, blank=True)
    asked_on = models.DateField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    referral = models.OneToOneField(Referral, on_delete=models.PROTECT, null=True, blank=True, related_name="offer")

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="accepted_offer_has_a_referral",
                condition=Q(answer="ACCEPTED", referral__isnull=False) | (~Q(answer="ACCEPTED") & Q(referral=None)),
            ),
        ]
        indexes = [models.Index(fields=["prison", "person"], name="offer_of_person")]


class KioskLinkQuerySet(OnceQuerySet):
    def visible_to(self, user):
        """Links of the prison of ``user``: administrators keep them."""
        return self.filter(prison_id=user.prison_id)

    def live(self, today):
        """Links that still take slips."""
        return self.filter(revoked_at=None, expires_on__gte=today)


class KioskLink(Once):
    """An address at which the officers of a wing hand over slips without an account.

    It can write and nothing else. The token is in the address and nowhere here: only its SHA-256, in hexadecimal.
    """

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    wing = models.ForeignKey(Wing, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=60)
    token_hash = models.CharField(max_length=64, unique=True)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    expires_on = models.DateField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    used = models.PositiveIntegerField(default=0)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = KioskLinkQuerySet.as_manager()

    class Meta:
        ordering = ["wing__code", "-issued_at", "-pk"]
        indexes = [models.Index(fields=["prison", "revoked_at"], name="kiosk_link_of_prison")]

    def __str__(self):
        return self.label


class SlipQuerySet(PersonalOnceQuerySet):
    def waiting(self):
        """Slips that nobody has matched to a person yet, oldest first."""
        return self.filter(answered_at=None).order_by("received_at", "pk")


class Slip(Once):
    """What a wing officer handed over at a kiosk: his words. The duty worker says who is meant, and makes the referral."""

    class Urgent(models.TextChoices):
        ACCT = "ACCT", "Open ACCT, or talk of self-harm"
        DETOX = "DETOX", "Withdrawing, shaking or sick"
        UTI = "UTI", "Found under the influence"
        LEAVING = "LEAVING", "May leave in the next few days"

    class Answer(models.TextChoices):
        MATCHED = "MATCHED", "Referral made"
        NOT_FOR_US = "NOT_FOR_US", "Not for this team"
        UNKNOWN = "UNKNOWN", "Cannot be matched to anybody"

    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    wing = models.ForeignKey(Wing, on_delete=models.PROTECT, related_name="+")
    link = models.ForeignKey(KioskLink, on_delete=models.PROTECT, related_name="slips")
    officer = models.CharField(max_length=80)
    number = models.CharField(max_length=10, blank=True)
    name = models.CharField(max_length=120, blank=True)
    date_of_birth = models.DateField(null=True, blank=True)
    cell = models.CharField(max_length=20, blank=True)
    worry = models.TextField(max_length=1000)
    urgent = ArrayField(models.CharField(max_length=8, choices=Urgent), default=list, blank=True)
    asked_himself = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    why = models.CharField(max_length=200, blank=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="slips")
    referral = models.OneToOneField(Referral, on_delete=models.PROTECT, null=True, blank=True, related_name="slip")

    objects = SlipQuerySet.as_manager()

    class Meta:
        ordering = ["received_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="slip_answer_is_whole",
                condition=Q(answer="", answered_at=None, person=None, referral=None)
                | Q(answer="MATCHED", answered_at__isnull=False, person__isnull=False, referral__isnull=False)
                | Q(answer__in=["NOT_FOR_US", "UNKNOWN"], answered_at__isnull=False, person=None, referral=None),
            ),
        ]
        indexes = [models.Index(fields=["prison", "received_at"], condition=Q(answered_at=None), name="slip_waiting")]

    @property
    def urgent_texts(self):
        """What the officer ticked as urgent, in words."""
        return [self.Urgent(code).label for code in self.urgent]
