"""What people answered for before a handover was sent: its clinical part, and words that look as if they may not pass."""

from django.db import models
from django.db.models import Q

from casework.models import Prison, User
from partners.models.handover import Handover, OfHandover


class ClinicalPart(models.Model):
    """That the clinical side stands by what a handover says of prescribed treatment. ``digest``: of the words that it stands by.

    ``nothing``: there is nothing to say. Words that are written anew have to be confirmed anew.
    """

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="clinical_parts")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    nothing = models.BooleanField(default=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfHandover.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["handover", "digest"], name="clinical_part_confirmed_once")]


class WordsLeft(models.Model):
    """Words in a handover that look as if they may not pass, and why its writer left them. A prison number is never left.

    ``words``: as they are compared, folded.
    """

    class Kind(models.TextChoices):
        NUMBER = "NUMBER", "another person’s prison number"
        NAME = "NAME", "the name of somebody else in this prison"
        SECURITY = "SECURITY", "security information"
        ACCT = "ACCT", "more about an ACCT than whether it is open"
        TEST = "TEST", "a drug test"

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="words_left")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    words = models.CharField(max_length=200)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfHandover.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["handover", "kind", "words"], name="words_left_once"),
            models.CheckConstraint(name="numbers_are_never_left", condition=~Q(kind="NUMBER")),
        ]
