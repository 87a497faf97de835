import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from casework import context
from casework.formats.movement import LABELS, Movement
from casework.formats.roll import RollRefused
from casework.models import Prison, User
from casework.operations import roll
from casework.queries import roll_plan
from casework.queries.roll_known import Known


class Command(BaseCommand):
    help = "Import the roll of a prison from a file: JSON or CSV. It says what changed, or in one sentence why nothing did."

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path, help="The roll: JSON of the prisoner search service, or CSV")
        parser.add_argument("--prison", required=True, help="The code of the prison, such as LPI")
        parser.add_argument("--dry-run", action="store_true", help="Only say what would change")
        parser.add_argument("--json", action="store_true", help="Print one JSON object")
        parser.add_argument(
            "--accept-shrink", action="store_true", help="Take a roll with fewer than 90 %% of the people now here"
        )

    def handle(self, *args, path, prison, dry_run, accept_shrink, **options):
        system = User.objects.system()
        try:
            with context.acting(system):
                prison = Prison.objects.filter(code=prison.upper()).first() or self.refuse_prison(prison)
                data = path.read_bytes()
                given = {"prison": prison, "accept_shrink": accept_shrink, "at": timezone.now(), "by": system}
                report = self.dry(data, **given) if dry_run else self.bring(path, data, **given)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
        except RollRefused as refusal:
            if options["json"]:
                self.stdout.write(json.dumps({"refusal": str(refusal)}, ensure_ascii=False))
            raise CommandError(str(refusal)) from None
        report |= {"dry_run": dry_run}
        self.stdout.write(json.dumps(report, ensure_ascii=False) if options["json"] else _told(report))

    def refuse_prison(self, code):
        raise RollRefused(f"There is no prison {code} here. An administrator adds prisons under Settings.")

    def dry(self, data, *, prison, accept_shrink, at, by):
        found = roll_plan.read(data, prison, timezone.localdate(at))
        known = Known(found, prison)
        shrinks = roll_plan.shrinks(found, known)
        if shrinks and not accept_shrink:
            raise RollRefused(f"{shrinks} Add --accept-shrink if that many really left.")
        return roll_plan.Plan(found, known, by=by, at=at).report.as_dict() | {"shrinks": shrinks}

    def bring(self, path, data, **given):
        return roll.bring(filename=path.name, content=data, **given).report


def _told(report):
    """The report in words, a line for each thing."""
    lines = [
        "Nothing was changed: this is what would happen." if report["dry_run"] else "Imported.",
        f"People on the roll: {report['on_file']:,} (before: {report['here_before']:,}), unchanged: {report['unchanged']:,}",
        *(f"{LABELS[Movement(kind)]}: {told['count']:,}" for kind, told in report["movements"].items()),
    ]
    more = {
        "Details taken over": report["changed_count"],
        "Kept because staff changed them": report["kept_count"],
        "Numbers merged": len(report["merges"]),
    }
    lines += [f"{label}: {count:,}" for label, count in more.items() if count]
    lines += [f"Skipped, at {code}: {count:,}" for code, count in report["skipped"].items()]
    lines += [f"No such wing here: {code} ({count:,} people)" for code, count in report["unknown_wings"].items()]
    lines += [f"Row {problem['row']}: {problem['text']}" for problem in report["problems"]]
    return "\n".join(lines)
