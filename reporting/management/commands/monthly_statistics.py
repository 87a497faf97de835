import json

from django.core.management.base import BaseCommand, CommandError

from casework import context
from casework.models import Prison, User
from reporting.queries import figures
from reporting.queries.months import Month


class Command(BaseCommand):
    help = "Print the figures of one prison in one month as the records give them now."

    def add_arguments(self, parser):
        parser.add_argument("--prison", required=True, metavar="LPI", help="the code of the prison")
        parser.add_argument("--month", required=True, metavar="YYYY-MM")
        parser.add_argument("--json", action="store_true", help="one JSON object: indicator → value and definition")

    def handle(self, *, prison, month, **options):
        try:
            month = Month.read(month)
        except ValueError as error:
            raise CommandError(str(error)) from None
        if not month.has_begun:
            raise CommandError(f"{month.name} has not begun.")
        with context.acting(User.objects.system()):
            computed = figures.live(self._prison(prison), month)
        if options["json"]:
            self.stdout.write(json.dumps(computed, ensure_ascii=False, indent=2))
        else:
            self._print_table(computed)

    def _prison(self, code):
        found = Prison.objects.filter(code=code.upper()).first()
        if found is None:
            known = ", ".join(Prison.objects.order_by("code").values_list("code", flat=True))
            raise CommandError(f"There is no prison “{code}” here. There is: {known or 'none yet'}.")
        return found

    def _print_table(self, computed):
        width = max(len(figure["title"]) for figure in computed.values())
        for figure in computed.values():
            share = f"  ({figure['numerator']} of {figure['denominator']})" if "denominator" in figure else ""
            self.stdout.write(f"{figure['title']:<{width}}  {figures.number(figure):>8}{share}")
