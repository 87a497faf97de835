import json

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from casework import context
from casework.models import User
from reporting.operations.demo import prison, staff


class Command(BaseCommand):
    help = "Fill an empty prison with invented people and months of invented work, and make the demo accounts."

    def add_arguments(self, parser):
        parser.add_argument("--prison", default="LPI", help="code of the prison, such as LPI")
        parser.add_argument("--months", type=int, default=12, help="closed months before the present one, 1 to 24")
        parser.add_argument("--seed", type=int, default=1, help="another number, other people")
        parser.add_argument("--if-empty", action="store_true", help="do nothing, quietly, where there are people")
        parser.add_argument("--accounts", action="store_true", help="only list the demo accounts that are here")
        parser.add_argument("--code", action="store_true", help="only print the code that partners sign in with now")
        parser.add_argument("--json", action="store_true", help="print the result as one JSON object")

    def handle(self, *args, **options):
        if settings.ENVIRONMENT == "production":
            raise CommandError("Demo data and its well-known password have no place in production. Nothing was done.")
        if options["code"]:
            self.tell({"code": staff.code()}, options["json"], staff.code())
            return
        with context.acting(User.objects.system()):
            self.list_accounts(**options) if options["accounts"] else self.fill(**options)

    def fill(self, *, if_empty, json, **options):
        progress = self.stderr if json else self.stdout
        try:
            made = prison.fill(
                code=options["prison"].upper(),
                months=options["months"],
                seed=options["seed"],
                today=timezone.localdate(),
                by=User.objects.system(),
                say=progress.write,
            )
        except ValidationError as error:
            if if_empty and error.code == "inhabited":
                return
            raise CommandError(" ".join(error.messages)) from None
        self.tell(made, json, f"Done: {sum(made['rows'].values())} rows. Everybody in them is invented.")

    def list_accounts(self, *, json, **options):
        accounts = staff.accounts()
        if not accounts:
            raise CommandError("There are no demo accounts here. Make them with: manage.py seed_demo")
        width = max(len(account["username"]) for account in accounts)
        lines = [f"  {account['username']:<{width}}  {account['role']}" for account in accounts]
        further = [
            f"  password of each: {staff.PASSWORD}",
            "  code of a partner: .venv/bin/python manage.py seed_demo --code",
            f"                     (or teach an app {settings.DEMO_TOTP_SECRET})",
        ]
        text = "\n".join(["Demo accounts", *lines, *further])
        self.tell({"accounts": accounts}, json, text)

    def tell(self, values, as_json, text):
        self.stdout.write(json.dumps(values, indent=2) if as_json else text)
