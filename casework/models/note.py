"""What is written down about somebody beside sessions and assessments: notes and files."""

from django.db import models
from django.db.models import Q

from casework.access import Role
from casework.models.base import Once, PersonalOnceQuerySet
from casework.models.case import Case
from casework.models.person import Person
from casework.models.prison import Prison
from casework.models.staff import User


class NoteQuerySet(PersonalOnceQuerySet):
    def visible_to(self, user):
        """Notes of the levels that ``user`` may read, about people who are not hidden from him."""
        return super().visible_to(user).filter(level__in=Note.levels_of(user))


class Note(Once):
    """A note, never changed and never deleted. ``amends``: the note that this one adds to or corrects, itself no amendment.

    ``words``: the text as searches compare it (``casework.formats.words``).
    """

    class Kind(models.TextChoices):
        GENERAL = "GENERAL", "General"
        RISK = "RISK", "Risk and safety"
        COLLEAGUE = "COLLEAGUE", "From a colleague or an agency"
        FAMILY = "FAMILY", "From family or friends"

    class Level(models.TextChoices):
        TEAM = "TEAM", "The team"
        CLINICAL = "CLINICAL", "Clinical colleagues"
        MANAGER = "MANAGER", "Managers"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="notes")
    level = models.CharField(max_length=8, choices=Level, default=Level.TEAM)
    kind = models.CharField(max_length=9, choices=Kind, default=Kind.GENERAL)
    text = models.TextField(max_length=10000)
    words = models.TextField(blank=True, editable=False)
    amends = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="amendments")
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["-written_at", "-pk"]
        indexes = [models.Index(fields=["prison", "person", "-written_at"], name="note_of_person")]

    @classmethod
    def levels_of(cls, user):
        """The levels whose notes ``user`` may read and write. The database knows the same rule: ``ww.note_levels``."""
        manages = user.role in {Role.MANAGER, Role.SYSTEM}
        levels = {
            cls.Level.TEAM: True,
            cls.Level.CLINICAL: user.has_duty(User.Duty.CLINICAL),
            cls.Level.MANAGER: manages,
        }
        return [level for level, may in levels.items() if may or manages]


class AttachmentQuerySet(PersonalOnceQuerySet):
    def without_bytes(self):
        """For lists: the content stays in the database until it is asked for."""
        return self.defer("content")


class Attachment(Once):
    """A file about somebody: a scanned consent, a slip, the map of a session. Handed out as a download by a checked view only."""

    class Kind(models.TextChoices):
        CONSENT = "CONSENT", "Signed consent"
        SLIP = "SLIP", "Referral slip"
        MAP = "MAP", "Map of a session"
        LETTER = "LETTER", "Letter or report"
        OTHER = "OTHER", "Other"

    MOST_BYTES = 10 * 1024 * 1024

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="attachments")
    kind = models.CharField(max_length=7, choices=Kind)
    title = models.CharField(max_length=120)
    filename = models.CharField(max_length=120)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_why = models.CharField(max_length=200, blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["-added_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="attachment_withdrawal_is_whole",
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_why="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_why="")),
                violation_error_message="Say why the file is withdrawn.",
            ),
        ]
        indexes = [models.Index(fields=["prison", "person"], name="attachment_of_person")]

    @property
    def ending(self):
        """What sort of file it is, as people say it: PDF, JPG or PNG."""
        return self.filename.rpartition(".")[2].upper()
