"""Spells of custody and the dated facts in them."""

from django.db import models
from django.db.models import Q

from casework.models.base import Once, PersonalOnceQuerySet, PersonalQuerySet, Versioned
from casework.models.person import Person
from casework.models.prison import Prison, Wing
from casework.models.staff import User


class SpellQuerySet(PersonalQuerySet):
    def current(self):
        """Spells that have not ended."""
        return self.filter(ended_at=None)

    def on_roll(self):
        """People whom the last roll named, and whose spell has not ended."""
        return self.current().filter(off_roll_on=None)


class CustodySpell(models.Model):
    """A stay of one person in one prison. ``off_roll_on``: missing from the roll since then, and staff have yet to say why."""

    class End(models.TextChoices):
        RELEASED = "RELEASED", "Released"
        RELEASED_COURT = "RELEASED_COURT", "Released from court"
        RELEASED_HOSPITAL = "RELEASED_HOSPITAL", "Released to hospital"
        TRANSFERRED = "TRANSFERRED", "Transferred to another prison"
        DIED = "DIED", "Died"
        MERGED = "MERGED", "Recorded under another number"
        OTHER = "OTHER", "Left for another reason"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="spells")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="spells")
    booking = models.CharField(max_length=20, blank=True)
    book_number = models.CharField(max_length=20, blank=True)
    received_on = models.DateField()
    off_roll_on = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=17, choices=End, blank=True)
    end_reason = models.CharField(max_length=60, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = SpellQuerySet.as_manager()

    class Meta:
        ordering = ["-received_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "prison"], condition=Q(ended_at=None), name="one_open_spell_per_prison"
            ),
            models.CheckConstraint(
                name="spell_end_has_time_and_kind",
                condition=Q(ended_at=None, end="") | (Q(ended_at__isnull=False) & ~Q(end="")),
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "off_roll_on"], condition=Q(ended_at=None), name="spell_open"),
            models.Index(fields=["prison", "person"], name="spell_of_person"),
        ]


class Location(models.Model):
    """Where somebody is, from a moment until another: a cell, at court, or out for a while. One open row per spell."""

    class Whereabouts(models.TextChoices):
        IN = "IN", "In the prison"
        COURT = "COURT", "At court"
        ABSENT = "ABSENT", "Temporarily absent"

    spell = models.ForeignKey(CustodySpell, on_delete=models.PROTECT, related_name="locations")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    wing = models.ForeignKey(Wing, on_delete=models.PROTECT, null=True, blank=True, related_name="locations")
    cell = models.CharField(max_length=30, blank=True)
    cell_key = models.CharField(max_length=60, blank=True, db_collation="C")
    whereabouts = models.CharField(max_length=6, choices=Whereabouts, default=Whereabouts.IN)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-from_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["spell"], condition=Q(until_at=None), name="one_open_location_per_spell"),
            models.CheckConstraint(
                name="location_ends_after_start", condition=Q(until_at=None) | Q(until_at__gte=models.F("from_at"))
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "wing", "cell_key"], condition=Q(until_at=None), name="location_open")
        ]


class LegalStatus(models.Model):
    """The legal status that the roll gave (domain.md 1.1), from a day on."""

    spell = models.ForeignKey(CustodySpell, on_delete=models.PROTECT, related_name="legal_statuses")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=30)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-from_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["spell"], condition=Q(until_at=None), name="one_open_legal_status_per_spell"
            ),
        ]
        indexes = [models.Index(fields=["prison", "status"], name="legal_status_of_prison")]

    @property
    def label(self):
        return self.status.replace("_", " ").capitalize()


class ReleaseDateQuerySet(models.QuerySet):
    def ahead(self, today):
        """Days from ``today`` on when a stay may end, soonest first. Dates on which only a sentence or a licence ends are none."""
        live = self.filter(superseded_at=None, on__gte=today)
        return live.exclude(kind__in=ReleaseDate.NO_RELEASE).order_by("on", "pk")


class ReleaseDate(models.Model):
    """A release date of one kind as the prison gave it. Never computed by us; a moved date is a new row."""

    NO_RELEASE = ["SENTENCE_EXPIRY", "LICENCE_EXPIRY", "SUPERVISION_EXPIRY", "HDC_END", "ROTL_ELIGIBILITY", "TARIFF"]

    spell = models.ForeignKey(CustodySpell, on_delete=models.PROTECT, related_name="release_dates")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = ReleaseDateQuerySet.as_manager()

    class Meta:
        ordering = ["on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["spell", "kind"], condition=Q(superseded_at=None), name="one_live_release_date_per_kind"
            ),
        ]
        indexes = [models.Index(fields=["prison", "on"], condition=Q(superseded_at=None), name="release_date_live")]


class CourtDate(Once):
    """A day at court on which a stay may end without notice, as staff heard of it. A wrong one is withdrawn, a moved one is another."""

    spell = models.ForeignKey(CustodySpell, on_delete=models.PROTECT, related_name="court_dates")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    court = models.CharField(max_length=80, blank=True)
    said_by = models.CharField(max_length=120)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = PersonalOnceQuerySet.as_manager()

    class Meta:
        ordering = ["on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["spell", "on"],
                condition=Q(withdrawn_at=None),
                name="one_court_date_per_day",
                violation_error_message="This court date is known already.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "on"], condition=Q(withdrawn_at=None), name="court_date_live"),
            models.Index(fields=["prison", "person"], name="court_date_of_person"),
        ]


class Movement(models.Model):
    """Something that happened to somebody's place in custody, worked out from before and after."""

    spell = models.ForeignKey(CustodySpell, on_delete=models.PROTECT, related_name="movements")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30)
    reason = models.CharField(max_length=60, blank=True)
    detail = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["prison", "at"], name="movement_of_prison"),
            models.Index(fields=["spell", "at"], name="movement_of_spell"),
        ]


class AlertQuerySet(PersonalOnceQuerySet):
    def open(self):
        """Alerts in force."""
        return self.filter(until_at=None)

    def of_stay(self):
        """What ends with a stay: what the roll said, and an ACCT. Notices that staff made stand until staff end them."""
        return self.filter(Q(source=Alert.Source.ROLL) | Q(code__in=Alert.Acct.values))

    def acct(self):
        """States of an ACCT."""
        return self.filter(code__in=Alert.Acct.values)


class Alert(Versioned):
    """An alert or notice (domain.md 1.1), from a moment until another. Types D and X are for staff eyes and never shared.

    What the roll brought, the roll ends; what staff noted by ``HAND`` stands until staff end it. An ACCT is in one state at a time
    (domain.md 2.7), set by the roll or as safer custody said: ``said_by``, ``review_on``.
    """

    class Source(models.TextChoices):
        ROLL = "ROLL", "The roll"
        HAND = "HAND", "Noted by staff"

    class Acct(models.TextChoices):
        """The states of an ACCT by the codes of the roll, the most watchful first."""

        OPEN = "HA", "Open"
        FOLLOWED_UP = "HA1", "Post-closure"
        CLOSED = "HA2", "Closed"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="alerts")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=4)
    code = models.CharField(max_length=12)
    source = models.CharField(max_length=4, choices=Source, default=Source.ROLL)
    said_by = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=200, blank=True)
    review_on = models.DateField(null=True, blank=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    end_said_by = models.CharField(max_length=120, blank=True)
    end_why = models.CharField(max_length=200, blank=True)
    nonce = models.UUIDField(null=True, editable=False)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "prison", "code"],
                condition=Q(until_at=None),
                name="one_open_alert_per_code",
                violation_error_message="This is in force already.",
            ),
            models.UniqueConstraint(
                fields=["person", "prison"],
                condition=Q(until_at=None, code__in=["HA", "HA1", "HA2"]),
                name="one_acct_state_at_a_time",
                violation_error_message="An ACCT is in one state at a time.",
            ),
            models.UniqueConstraint(fields=["nonce"], condition=Q(nonce__isnull=False), name="one_alert_per_form"),
            models.CheckConstraint(
                name="hand_alert_names_who_said_so",
                condition=~Q(source="HAND") | (~Q(said_by="") & Q(recorded_by__isnull=False)),
                violation_error_message="Say who said so.",
            ),
        ]
        indexes = [
            models.Index(fields=["prison", "person"], condition=Q(until_at=None), name="alert_open"),
            models.Index(fields=["person", "from_at"], name="alert_of_person"),
        ]

    @property
    def stamp(self):
        """This alert as it is now, as a form carries it."""
        return f"{self.pk}-{self.version}"

    @property
    def is_acct(self):
        return self.code in Alert.Acct.values

    @property
    def by_hand(self):
        return self.source == self.Source.HAND

    @property
    def outlasts_stay(self):
        return self.by_hand and not self.is_acct
