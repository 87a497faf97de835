from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from casework import context
from casework.models import Prison, User
from casework.operations import prison as prisons
from casework.operations import staff


class Command(BaseCommand):
    help = (
        "Make the first administrator of a prison, and the prison where it is new. Prints a temporary password, once."
    )

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("full_name", help="as colleagues know the person, such as 'Alex Fictonby'")
        parser.add_argument("--prison", required=True, metavar="CODE", help="such as LPI")
        parser.add_argument("--prison-name", help="such as 'Liverpool (HMP)'; needed where the prison is new")

    def handle(self, *, username, full_name, prison, prison_name, **options):
        system = User.objects.system()
        try:
            with context.acting(system):
                place = self.place(prison, prison_name, system)
                user, password = staff.make_first(prison=place, username=username, full_name=full_name, by=system)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(
            f"{user.username} may sign in with the temporary password {password} and then chooses another."
        )

    def place(self, code, name, system):
        if place := Prison.objects.filter(code=code).first():
            return place
        if not name:
            raise CommandError(f"There is no prison {code} yet. Say its name with --prison-name.")
        return prisons.add(code=code, name=name, by=system)
