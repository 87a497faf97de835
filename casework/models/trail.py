"""The audit trail and its seals. Written only through functions of the database; no web role can change or delete a row."""

from django.db import models


class AuditEntryQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Entries of the prison of ``user``."""
        return self.none() if user.is_partner else self.filter(prison_id=user.prison_id)

    def matching(self, *, kind="", who=None, on=None):
        """Entries of one kind, by one person, written on one day (London), where these are given."""
        chosen = {"kind": kind, "by_id": who and who.pk, "at__date": on}
        return self.filter(**{name: value for name, value in chosen.items() if value})


class AuditEntry(models.Model):
    """One thing done, read, refused or changed. Names and keys, no foreign keys, so that it outlives what it names."""

    class Kind(models.TextChoices):
        OPERATION = "OPERATION", "Done"
        READ = "READ", "Opened"
        REFUSAL = "REFUSAL", "Refused"
        ACCOUNT = "ACCOUNT", "Account"
        ROW = "ROW", "Row changed"

    at = models.DateTimeField()
    kind = models.CharField(max_length=9, choices=Kind)
    action = models.CharField(max_length=80)
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=120, blank=True)
    context = models.CharField(max_length=40, blank=True)
    target = models.CharField(max_length=80, blank=True)
    target_key = models.CharField(max_length=40, blank=True)
    person_id = models.BigIntegerField(null=True)
    prison_id = models.BigIntegerField(null=True)
    request = models.CharField(max_length=36, blank=True)
    address = models.CharField(max_length=45, blank=True)
    detail = models.JSONField(default=dict)
    signature = models.CharField(max_length=64, blank=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["prison_id", "-id"], name="audit_of_prison"),
            models.Index(fields=["person_id", "-id"], name="audit_of_person"),
            models.Index(fields=["target", "target_key", "-id"], name="audit_of_target"),
        ]

    @property
    def columns(self):
        """The names of the columns that a row change touched; empty for other kinds."""
        return (
            sorted({*self.detail.get("before", {}), *self.detail.get("after", {})})
            if self.kind == self.Kind.ROW
            else []
        )


class AuditSeal(models.Model):
    """A link of the chain over committed entries: ``chain = sha256(previous chain ‖ entry hash)``, without gap or fork."""

    seq = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    entry_hash = models.BinaryField(max_length=32)
    chain = models.BinaryField(max_length=32)
    horizon = models.CharField(max_length=20)
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ["seq"]
