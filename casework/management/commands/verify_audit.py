from django.core.management.base import BaseCommand, CommandError

from casework import context
from casework.models import User
from casework.queries import trail


class Command(BaseCommand):
    help = "Verify the audit trail against its seals and checkpoints. Exits non-zero, naming the first bad row."

    def handle(self, *args, **options):
        with context.acting(User.objects.system()):
            verdict = trail.verify()
        if verdict.problem:
            raise CommandError(f"The audit trail is not what was written. {verdict.problem}.")
        self.stdout.write(
            f"The audit trail is untouched: {verdict.sealed} entries sealed, {verdict.waiting} waiting to be."
        )
