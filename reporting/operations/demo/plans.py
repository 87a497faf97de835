"""What is written down beside sessions: recovery plans with their reviews, notes at every level, files.

Invented once the year is over, from what became of each case, so that nothing else of the year is changed by it.
"""

import hashlib
import io
from datetime import timedelta

from PIL import Image, ImageDraw

from casework.formats import files, words
from casework.models import Action, Allocation, Assessment, Attachment, Case, Goal, Note, Plan, User
from reporting.operations.demo import days, staff

RECENT = timedelta(days=120)  # of cases that were closed longer ago nothing is invented
Owner, Outcome = Action.Owner, Goal.Outcome
AREAS = {
    "DRUGS": [
        "I want to stay off spice.",
        "I don’t want to go back to using when I get out.",
        "I want to come off for good.",
    ],
    "ALCOHOL": ["I want to stop drinking on my own at night.", "I want to know when I have had enough."],
    "HEALTH": ["I want to sleep without tablets.", "I want to put some weight on."],
    "MIND": ["I want to keep my head when I get bad news.", "I want to stop feeling low in the evenings."],
    "FAMILY": ["I want my mum to trust me again.", "I want to see my kids."],
    "HOUSING": ["I want a place of my own, away from where I used to use."],
    "WORK": ["I want a job in a kitchen.", "I want to learn to read better."],
    "OFFENDING": ["I don’t want to come back here."],
}
STEPS = {
    Owner.PERSON: [
        "Come to the group on Wednesdays",
        "Write down what I felt before I wanted to use",
        "Go to the gym twice a week",
        "Write a letter home",
        "Keep the sleep diary for two weeks",
    ],
    Owner.WORKER: [
        "Bring the workbook on cravings",
        "Ask the college for a place",
        "Go through the map of triggers together",
        "Ring the agency at home",
    ],
    Owner.OTHER: ["Give the form for a flat", "Say which course begins when", "Look at the medication again"],
}
OTHERS = ["the housing officer", "the education department", "the prison doctor", "the officer on the wing"]
OUTCOMES = {"ACHIEVED": 30, "MOSTLY": 25, "PARTLY": 25, "NOT_ACHIEVED": 12, "DROPPED": 8}
REVIEWED = [
    "Has come to most sessions. Sleeps better; evenings are still hard.",
    "Two slips, both after phone calls. Knows now what sets him off.",
    "Did nearly everything that was agreed. Wants to think about work next.",
    "Lost three weeks to a move and a court date; wants to go on with the same goals.",
]
SEEN = ["Says so himself, and the wing agrees.", "Two negative tests.", "", "", "We will come back to it outside."]
NOTES = {
    "GENERAL": [
        "Prefers to be seen in the morning, before work.",
        "Reads slowly: use the picture sheets.",
        "Asked for a worker who does not wear uniform.",
    ],
    "RISK": [
        "Said he owes money on the wing and would rather not go to association. Wing office told.",
        "Low after the call home. Not thinking of harming himself; knows whom to ring.",
    ],
    "COLLEAGUE": [
        "The wing says he has kept to himself since Monday.",
        "Probation rang: his address is being looked at again.",
    ],
    "FAMILY": ["His sister rang the team. She was told nothing, and that he will hear that she rang."],
}
CLINICAL = [
    "Healthcare says the dose goes down by 5 ml a week from Monday.",
    "Nurse saw him for withdrawal; observations were settled.",
]
MANAGERS = [
    "Complained about being moved to another worker. Answered in writing; the answer stands with the complaint."
]
AMENDED = [
    "It was Tuesday, not Monday.",
    "He has said since that this is settled.",
    "Checked with the wing: it is right.",
]
FILES = [
    ("CONSENT", "Consent, signed", "consent signed.pdf"),
    ("SLIP", "Slip that he put under the office door", "slip.png"),
    ("MAP", "Map: what leads to what", "map of session.png"),
    ("LETTER", "Letter from the housing officer", "letter.pdf"),
    ("OTHER", "Certificate of the course", "certificate.pdf"),
]
MOST_FILES = 30


def fill(world):
    """Write plans, notes and files for the cases that are open or were until lately."""
    rng, holders = world.rng, {}
    for row in world.rows[Allocation]:
        holders[id(row.case)] = row.worker
    assessed = {
        id(row.case): row.done_on for row in world.rows[Assessment] if row.kind == "COMPREHENSIVE" and row.done_on
    }
    yesterday = world.today - days.DAY
    files_left = MOST_FILES
    for case in world.rows[Case]:
        last, worker = case.closed_on or yesterday, holders.get(id(case))
        if worker is None or last < world.today - RECENT or (last - case.opened_on).days < 3:
            continue
        if rng.random() < 0.85:
            _plans(world, case, worker, last, max(case.opened_on, assessed.get(id(case), case.opened_on)))
        for _ in range(rng.choice([0, 0, 1, 1, 2, 3])):
            _note(world, case, worker, last)
        if files_left and not case.closed_on and (worker.password != staff.UNUSABLE or rng.random() < 0.05):
            files_left -= 1
            _file(world, case, worker, last, FILES[files_left % len(FILES)], withdrawn=files_left % 7 == 3)


def _plans(world, case, worker, last, earliest):
    """Version after version, each agreed some days after it was begun. Of reviews that are due some are late, some still a draft."""
    rng, often = world.rng, world.chance(0.12)
    begun_on, former, reviewed = days.working_after(earliest, rng.randint(4, 12)), None, ""
    while begun_on <= last:
        plan = world.add(Plan, case=case, person=case.person, begun_on=begun_on, begun_by=worker, reviewed=reviewed)
        plan.number = former.number + 1 if former else 1
        goals = [
            *(_carried(world, plan, former) if former else []),
            *_wanted(world, plan, 1 if former else rng.choice([2, 2, 3])),
        ]
        for place, goal in enumerate(goals, start=1):
            goal.place = place
        agreed_on = days.working_after(begun_on, rng.randint(0, 4))
        if agreed_on > last:
            break
        plan.agreed_on, plan.agreed_by, plan.agreed_how = agreed_on, worker, rng.choice(list(Plan.How))
        if former:
            former.ended_on = agreed_on
        review_on = days.working_after(
            agreed_on + timedelta(days=rng.randint(20, 30) if often else rng.randint(66, 92)), 0
        )
        _live(world, plan, worker, min(last, review_on))
        if review_on > last:
            if case.closed_on:
                _grade(world, plan, worker, last, 0.6)
            break
        if world.chance(0.25) and not often:
            break  # The review is due, and nobody has done it yet.
        _grade(world, plan, worker, review_on, 0.55)
        former, begun_on, reviewed = plan, review_on, rng.choice(REVIEWED)


def _wanted(world, plan, count):
    """Goals of different areas with one to three steps each."""
    rng = world.rng
    whose = {"plan": plan, "person": plan.person}
    goals = []
    for area in rng.sample(list(AREAS), count):
        goal = world.add(Goal, area=area, words=rng.choice(AREAS[area]), **whose)
        for _ in range(rng.randint(1, 3)):
            _step(world, goal)
        goals.append(goal)
    return goals


def _step(world, goal):
    rng = world.rng
    owner = rng.choices([Owner.PERSON, Owner.WORKER, Owner.OTHER], [50, 35, 15])[0]
    action = world.add(Action, goal=goal, person=goal.person, owner=owner, what=rng.choice(STEPS[owner]))
    action.due_on = goal.plan.begun_on + timedelta(days=rng.randint(7, 70))
    action.worker = goal.plan.begun_by if owner == Owner.WORKER else None
    action.other = rng.choice(OTHERS) if owner == Owner.OTHER else ""


def _carried(world, plan, former):
    """What is open of the version before, copied with its open steps."""
    copies = []
    for goal in [row for row in world.rows[Goal] if row.plan is former and not row.outcome]:
        same = {"plan": plan, "person": plan.person, "area": goal.area, "words": goal.words}
        copy = world.add(Goal, carried_from=goal, **same)
        for action in [row for row in world.rows[Action] if row.goal is goal and not row.done_on]:
            step = {name: getattr(action, name) for name in ["owner", "what", "due_on", "worker", "other", "person"]}
            world.add(Action, goal=copy, carried_from=action, **step)
        copies.append(copy)
    return copies


def _live(world, plan, worker, until):
    """Most steps are done by their day; a goal or another is reached before the review."""
    for action in [row for row in world.rows[Action] if row.goal.plan is plan]:
        on = max(plan.agreed_on, action.due_on - timedelta(days=world.rng.randint(0, 6)))
        if on <= until and world.chance(0.7):
            action.done_on, action.done_by = on, worker
    if (until - plan.agreed_on).days > 30:
        _grade(world, plan, worker, until - timedelta(days=world.rng.randint(1, 20)), 0.12)


def _grade(world, plan, worker, on, share):
    """How far some of the goals that are open were reached."""
    for goal in [row for row in world.rows[Goal] if row.plan is plan and not row.outcome]:
        if world.chance(share):
            goal.outcome = world.rng.choices(list(OUTCOMES), OUTCOMES.values())[0]
            goal.outcome_on, goal.outcome_by = on, worker
            goal.outcome_note = world.rng.choice(SEEN)


def _note(world, case, worker, last):
    """A note, now and then added to. What only some may read is written by one of them."""
    rng = world.rng
    level = rng.choices(list(Note.Level), [84, 10, 6])[0]
    kind = rng.choice(list(NOTES)) if level == Note.Level.TEAM else Note.Kind.COLLEAGUE
    if level == Note.Level.TEAM:
        by, text = worker, rng.choice(NOTES[kind])
    else:
        may = level == Note.Level.CLINICAL and worker.has_duty(User.Duty.CLINICAL)
        by, text = worker if may else world.manager, rng.choice(CLINICAL if level == Note.Level.CLINICAL else MANAGERS)
    span = max((last - case.opened_on).days, 1)
    on = days.working_after(case.opened_on + timedelta(days=rng.randrange(span)), 0)
    note = _written(world, case, level, kind, text, by, min(on, last))
    if rng.random() < 0.15:
        _written(world, case, level, kind, rng.choice(AMENDED), by, min(days.working_after(on, 2), last), amends=note)


def _written(world, case, level, kind, text, by, on, amends=None):
    given = {"level": level, "kind": kind, "text": text, "words": words.key(text), "amends": amends}
    hours = (16, 17) if amends else (9, 15)
    return world.add(
        Note, person=case.person, case=case, written_at=days.between(world.rng, on, *hours), written_by=by, **given
    )


def _file(world, case, worker, last, sort, *, withdrawn):
    kind, title, name = sort
    kept = files.read(letter(title) if name.endswith("pdf") else drawing(title))
    row = world.add(
        Attachment,
        person=case.person,
        case=case,
        kind=kind,
        title=title,
        filename=files.safe_name(name, kept.extension),
        content_type=kept.content_type,
        size=len(kept.content),
        sha256=hashlib.sha256(kept.content).hexdigest(),
        content=kept.content,
        added_at=days.between(world.rng, last, 9, 12),
        added_by=worker,
    )
    if withdrawn:
        row.withdrawn_at, row.withdrawn_by = days.between(world.rng, last, 14, 16), worker
        row.withdrawn_why = "Scanned twice; the better one stands above."


def drawing(title):
    """The bytes of a small picture with ``title`` on it, plainly of nothing real."""
    picture, drawn = Image.new("RGB", (480, 320), "white"), io.BytesIO()
    pen = ImageDraw.Draw(picture)
    pen.rectangle((10, 10, 470, 310), outline="teal", width=3)
    for x, y in [(60, 120), (200, 120), (340, 120), (200, 220)]:
        pen.ellipse((x, y, x + 90, y + 50), outline="black", width=2)
    pen.text((30, 30), f"{title} (fictional)", fill="black")
    picture.save(drawn, "PNG")
    return drawn.getvalue()


def letter(title):
    """The bytes of a PDF of one page with ``title`` on it."""
    text = f"BT /F1 20 Tf 60 760 Td ({title} \\(fictional\\)) Tj ET".encode("ascii")
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, table = b"%PDF-1.4\n", b"0000000000 65535 f \n"
    for number, part in enumerate(parts, start=1):
        table += b"%010d 00000 n \n" % len(body)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, len(body))
    return body + b"xref\n0 %d\n" % (len(parts) + 1) + table + trailer
