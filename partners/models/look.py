"""When somebody of an agency last looked at a handover: what came since then is marked as new to him."""

from django.db import models

from casework.models import Agency, Prison, User
from partners.models.handover import Handover, OfHandover


class LastLook(models.Model):
    """The last look of one user at one handover that was sent to his agency. The team sees by it whether it was opened."""

    handover = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="looks")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    prison = models.ForeignKey(Prison, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfHandover.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["handover", "user"], name="one_look_per_user_and_handover")]
