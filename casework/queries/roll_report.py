"""What a plan would do, in numbers and prison numbers: what the page about an import shows. No names, no dates of birth."""

from collections import Counter, defaultdict

from casework.formats import movement

MOST = 200  # people or problems listed of one kind; the count tells of the others
UNLISTED = {movement.Movement.UNCHANGED, movement.Movement.ELSEWHERE}
ORDER = [kind for kind in movement.Movement if kind not in UNLISTED]
FIELDS = {
    "surname": "surname",
    "forenames": "forenames",
    "date_of_birth": "date of birth",
    "sex": "sex",
    "ethnicity": "ethnicity",
    "pnc": "PNC number",
    "cro": "CRO number",
}


class Report:
    """Gathered while a plan is made. ``as_dict`` is what is stored and printed."""

    def __init__(self, found, known):
        self.shape, self.skipped = found.shape, found.skipped
        self.here_before, self.on_file = len(known.on_roll()), len(found.rows)
        self.kinds, self.counts, self.wings = defaultdict(list), Counter(), Counter()
        self.changed, self.kept = [], []
        self.merges = [[removed.number, kept.number] for removed, kept in known.joined]
        self.problems = [(problem.row, problem.message, problem.skipped) for problem in found.problems]

    def happened(self, kind, number):
        self.kinds[kind].append(number)

    def count(self, what):
        self.counts[what] += 1

    def unknown_wing(self, code):
        self.wings[code] += 1

    def problem(self, row, message):
        self.problems.append((row, message, True))

    def merged(self, removed, kept):
        self.merges.append([removed, kept])

    def identity(self, person, taken, kept):
        """Fields taken over or kept against the roll. A surname that changes together with more may be another person."""
        if taken:
            self.changed.append({"number": person.number, "fields": [FIELDS[name] for name in taken]})
        if kept:
            self.kept.append({"number": person.number, "fields": [FIELDS[name] for name in kept]})
        doubtful = [FIELDS[name] for name in ("forenames", "date_of_birth") if name in taken]
        if "surname" in taken and doubtful:
            changed = " and ".join(["surname", *doubtful])
            self.problems.append((0, f"{person.number} changed {changed}. Please check the number.", False))

    def as_dict(self):
        """Plain values. ``movements``: kind → count and the first numbers; ``counts``: dated facts that changed."""
        problems = sorted(self.problems, key=lambda problem: problem[0])
        return {
            "shape": self.shape,
            "here_before": self.here_before,
            "on_file": self.on_file,
            "unchanged": len(self.kinds[movement.Movement.UNCHANGED]),
            "movements": {
                kind.value: {"count": len(self.kinds[kind]), "numbers": self.kinds[kind][:MOST]}
                for kind in ORDER
                if self.kinds[kind]
            },
            "counts": dict(sorted(self.counts.items())),
            "changed": self.changed[:MOST],
            "changed_count": len(self.changed),
            "kept": self.kept[:MOST],
            "kept_count": len(self.kept),
            "merges": self.merges,
            "skipped": dict(self.skipped),
            "unknown_wings": dict(sorted(self.wings.items())),
            "problems": [{"row": row, "text": text, "skipped": left} for row, text, left in problems[:MOST]],
            "problem_count": len(problems),
        }
