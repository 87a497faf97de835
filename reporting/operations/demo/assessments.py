"""Assessments, scores and outcomes profiles of the cases that are open or were until lately.

Most are done in their time, as in a team that keeps its house; a few are late, unfinished, corrected or missing. Scores are worked out by
the same rules as everybody's.
"""

import random
from datetime import timedelta

from casework.formats import instruments, outcomes_profile, questions
from casework.models import Allocation, Assessment, Case, OutcomesProfile, Score, Strand, SubstanceUse
from referrals.models import Triage
from reporting.operations.demo import days

REVIEWED = timedelta(days=84)  # after so long some are assessed again
RECENT = timedelta(days=120)  # of cases that were closed longer ago nothing is invented
# What the notes of the demo call a drug → its code.
CODES = {
    "Spice": "SPICE",
    "Heroin": "HEROIN",
    "Crack cocaine": "CRACK",
    "Alcohol": "ALCOHOL",
    "Cannabis": "CANNABIS",
    "Cocaine": "COCAINE",
    "Pregabalin": "PREGABALIN",
    "Diazepam": "BENZODIAZEPINE",
    "Steroids": "STEROID",
    "Buprenorphine not prescribed": "BUPRENORPHINE",
}
Kind, Stage, Frequency, Route = Assessment.Kind, OutcomesProfile.Stage, SubstanceUse.Frequency, SubstanceUse.Route
ROUTES = {
    "HEROIN": [Route.SMOKED, Route.INJECTED],
    "ALCOHOL": [Route.SWALLOWED],
    "SPICE": [Route.SMOKED],
    "CANNABIS": [Route.SMOKED],
}
ROUTES |= {"CRACK": [Route.SMOKED], "COCAINE": [Route.SNORTED]}
# How often the first drug was used before custody, one beside it, and any of them now.
BEFORE = {Frequency.DAILY: 70, Frequency.WEEKLY: 24, Frequency.MONTHLY: 6}
BESIDE = {
    Frequency.DAILY: 25,
    Frequency.WEEKLY: 35,
    Frequency.MONTHLY: 20,
    Frequency.OCCASIONAL: 15,
    Frequency.NOT_USED: 5,
}
NOW = {Frequency.NOT_USED: 62, Frequency.OCCASIONAL: 20, Frequency.MONTHLY: 8, Frequency.WEEKLY: 7, Frequency.DAILY: 3}
TEXTS = {
    "wants": ["To get through the first weeks without using.", "Help to sleep, and somebody to talk to."],
    "story": [
        "Began at school with friends; every day since his father died.",
        "On and off for ten years, worse since he lost his job.",
    ],
    "physical": ["Well enough. Bad teeth.", "Asthma; sees the nurse.", "Weight coming back since reception."],
    "mental": ["Low at night. Sees the mental health nurse.", "Anxious in crowds; no treatment.", "Nothing known."],
    "treated_by": ["Healthcare: methadone, as they state it.", "His surgery at home, until reception."],
    "people": ["His mother visits every fortnight.", "Nobody now. A sister in another town."],
    "children_care": ["With their mother.", "With his parents."],
    "strengths": ["Held a job for six years. Keeps his word.", "Good with his hands; trains every day."],
    "summary": ["Ready to start. One-to-one work first, then the group.", "Not sure yet; will see us again next week."],
    "better": ["Sleeps better, and has kept every appointment.", "Nothing used since the group began."],
    "harder": ["The weekends, when nothing is on.", "News from home; the court date that moved."],
    "self_harm_what": ["Cut himself years ago. Safer custody knows."],
}
LATE = ["On the unit for segregation at the time.", "At court twice that week.", "Worker away; done on return."]
WHOM = ["Orderly officer", "ACCT assessor on duty", "Safer custody manager"]
NOT_TOLD = [
    "An ACCT is open and they knew: they asked us to see him.",
    "He spoke of years ago; nurse agreed that nothing is to be done.",
]


def fill(world):
    """With dice of its own, so that the life before is the same with and without it."""
    dice = random.Random(f"assessments {world.prison.code} {world.today}")
    holders, drugs, treated_from, courses = {}, {}, {}, []
    for row in world.rows[Strand]:
        treated_from[id(row.case)] = min(row.started_on, treated_from.get(id(row.case), row.started_on))
    for row in world.rows[Allocation]:
        holders[id(row.case)] = row.worker
    for row in world.rows[Triage]:
        if row.substances:
            drugs[id(row.person)] = [CODES.get(name, "OTHER") for name in row.substances.split(", ")]
    for case in world.rows[Case]:
        last, worker = case.closed_on or world.today - days.DAY, holders.get(id(case))
        if worker and last >= world.today - RECENT and (last - case.opened_on).days >= 1:
            found = drugs.get(id(case.person), ["CANNABIS"])
            given = {"treated_from": treated_from[id(case)], "drugs": list(dict.fromkeys(found))[:3]}
            courses.append(_Course(world, dice, case, worker, last, **given))
            courses[-1].live()
    for course in courses:
        course.review()


class _Course:
    """What was asked in the course of one case."""

    def __init__(self, world, dice, case, worker, last, *, treated_from, drugs):
        self.world, self.dice, self.case, self.worker, self.last = world, dice, case, worker, last
        self.treated_from, self.drugs = treated_from, drugs
        self.whose = {"case": case, "person": case.person}
        self.assessed_on = None

    def live(self):
        opened = self.case.opened_on
        if self.dice.random() < 0.93:
            self._assess(Kind.TRIAGE, opened)
        weight = self.dice.random()
        done_on = days.working_after(opened, self.dice.randint(3, 9) if weight < 0.92 else self.dice.randint(11, 20))
        if weight < 0.975 and done_on <= self.last:
            self._assess(Kind.COMPREHENSIVE, done_on)
            self.assessed_on = done_on
            self._score(done_on, worse=1)
            again = done_on + timedelta(days=self.dice.randint(35, 60))
            while again <= self.last:
                self._score(days.working_before(again + days.DAY, 1), worse=0)
                again += timedelta(days=self.dice.randint(40, 70))
        elif done_on - timedelta(days=6) <= self.last and opened < self.last:
            self._begin(Kind.COMPREHENSIVE, self.last)
        self._profiles(opened)

    def review(self):
        """Some who stay are assessed again; of one or another the review is not finished yet."""
        done_on = self.assessed_on and days.working_after(self.assessed_on + REVIEWED, self.dice.randint(0, 9))
        if done_on and done_on <= self.last and self.dice.random() < 0.4:
            self._assess(Kind.REVIEW, done_on) if self.dice.random() < 0.9 else self._begin(Kind.REVIEW, done_on)

    def _begin(self, kind, on, **given):
        asked = questions.current(kind, on)
        row = self.world.add(
            Assessment,
            kind=kind,
            questions=asked.key,
            begun_at=days.between(self.dice, on, 9, 11),
            begun_by=self.worker,
            **self.whose,
            **given,
        )
        row.answers = self._answers(asked, on, half=True)
        return row

    def _assess(self, kind, on):
        row = self._begin(kind, on)
        self._finish(row, on)
        if kind == Kind.COMPREHENSIVE and self.dice.random() < 0.04 and on + timedelta(days=3) <= self.last:
            corrected = self._begin(kind, on + timedelta(days=3), supersedes=row)
            self._finish(corrected, on, recorded_on=on + timedelta(days=3))

    def _finish(self, row, on, recorded_on=None):
        row.answers = self._answers(questions.named(row.questions), on)
        row.done_on, row.completed_by = on, self.worker
        row.completed_at = days.between(self.dice, recorded_on or on, 14, 16)
        row.version = 2
        for rank, drug in enumerate(self.drugs, start=1):
            self.world.add(
                SubstanceUse,
                assessment=row,
                person=self.case.person,
                rank=rank,
                substance=drug,
                route=self.dice.choice(ROUTES.get(drug, [Route.SWALLOWED])),
                age_first_used=self.dice.randint(12, 17),
                before_custody=self._often(BEFORE if rank == 1 else BESIDE),
                now=self._often(NOW),
            )

    def _often(self, shares):
        return self.dice.choices(list(shares), list(shares.values()))[0]

    def _answers(self, asked, on, *, half=False):
        """An answer to every question that must be answered (to those of the first pages only, where it is ``half`` done)."""
        given = {}
        for section in asked.sections[: len(asked.sections) // 2 if half else None]:
            for question in section.questions:
                if question.kind != "substances" and question.required and asked.applies(question, given):
                    given[question.code] = self._answer(question, on)
        return given

    def _answer(self, question, on):
        if question.code == "uses":
            return "YES"
        if question.kind == "text":
            return self.dice.choice(TEXTS.get(question.code, ["Said nothing about it."]))
        if question.kind == "yes_no":
            return "YES" if self.dice.random() < 0.25 else "NO"
        if question.kind == "choice":
            return self.dice.choice([code for code, _ in question.choices])
        if question.kind == "number":
            return self.dice.randint(question.least, min(question.most, 9))
        return on.isoformat()

    def _score(self, on, *, worse):
        """Two or three questionnaires; on the whole the answers get better."""
        drug = next((code for code in self.drugs if code != "ALCOHOL"), None)
        able = [
            "PHQ_9",
            "GAD_7",
            "DAST_10",
            *(["AUDIT_C", "AUDIT"] if "ALCOHOL" in self.drugs else []),
            *(["SDS"] if drug else []),
        ]
        for tool in self.dice.sample(able, min(len(able), self.dice.randint(1, 3))):
            self._ask(instruments.current()[tool], on, worse, drug if tool == "SDS" else "")

    def _ask(self, instrument, on, worse, about):
        items = {}
        for item in instrument.items:
            values = sorted(option.value for option in item.options)
            steep = self.dice.random() ** (0.9 if worse else 1.8)
            items[item.code] = values[min(int(steep * len(values)), len(values) - 1)]
            if item.alarm_from is not None and self.dice.random() < 0.9:
                items[item.code] = 0
        result = instruments.score(instrument, items, about)
        asked_at = days.between(self.dice, on, 14, 16)
        row = self.world.add(
            Score,
            tool=instrument.code,
            tool_version=str(instrument.version),
            about=about,
            items=items,
            total=result.total,
            band=result.band,
            asked_on=on,
            asked_by=self.worker,
            recorded_at=asked_at,
            **self.whose,
        )
        if instrument.alarms(items):
            self._tell(row, asked_at)

    def _tell(self, row, asked_at):
        if self.dice.random() < 0.75:
            row.safer_custody, row.safer_custody_whom = Score.SaferCustody.TOLD, self.dice.choice(WHOM)
            row.safer_custody_at = row.recorded_at = asked_at + timedelta(minutes=15)
        else:
            row.safer_custody, row.safer_custody_note = Score.SaferCustody.NOT_TOLD, self.dice.choice(NOT_TOLD)

    def _profiles(self, opened):
        """A start within a fortnight, a review after some months, an exit when the case ends, now and then one after it."""
        weight = self.dice.random()
        first = days.working_after(opened, self.dice.randint(1, 7) if weight < 0.93 else self.dice.randint(12, 18))
        if weight > 0.975 or first > self.last:
            return
        window = outcomes_profile.window(Stage.START, self.world.prison, treated_from=self.treated_from)
        self._profile(Stage.START, first, outside_why="" if first in window else self.dice.choice(LATE))
        again = first + timedelta(days=self.dice.randint(80, 150))
        while again < self.last - timedelta(days=14):
            again = days.working_after(again, 0)
            self._profile(Stage.REVIEW, again)
            again += timedelta(days=self.dice.randint(80, 150))
        if self.case.closed_on and self.dice.random() < 0.6:
            on = days.working_before(self.case.closed_on + days.DAY, 1)
            if on > first:
                self._profile(Stage.EXIT, on)
                after = days.working_after(on, 10)
                if self.dice.random() < 0.06 and after < self.world.today:
                    self._profile(Stage.POST_EXIT, after)

    def _profile(self, stage, on, outside_why=""):
        period = outcomes_profile.reference(stage, on, self.case.spell.received_on)
        used = {
            "HEROIN": "opiates",
            "OPIATE": "opiates",
            "CRACK": "crack",
            "COCAINE": "cocaine",
            "CANNABIS": "cannabis",
            "ALCOHOL": "alcohol",
        }
        lines = {used.get(drug, "other") for drug in self.drugs}
        given = {"other_name": "Spice"}
        for line in outcomes_profile.LINES:
            heavy = line.code in lines and stage == Stage.START
            weeks = [self.dice.randint(3, 7) if heavy else 0 for _ in line.weeks]
            given |= dict(zip(line.weeks, weeks, strict=True)) | {line.total: sum(weeks)}
            if sum(weeks):
                given[line.amount] = self.dice.randint(1, 12)
        for item in outcomes_profile.ITEMS:
            given[item.code] = self.dice.choice(["NO", "NO", "YES"]) if item.most is None else 0
        for item in outcomes_profile.HEALTH[:3]:
            given[item.code] = self.dice.randint(4, 12) if stage == Stage.START else self.dice.randint(8, 18)
        given |= dict.fromkeys(outcomes_profile.AFTER_INJECTING, "NO")
        answers, _ = outcomes_profile.check(given, period)
        self.world.add(
            OutcomesProfile,
            stage=stage,
            done_on=on,
            period_from=period.first,
            period_until=period.last,
            outside_why=outside_why,
            answers=answers,
            done_by=self.worker,
            recorded_at=days.between(self.dice, on, 14, 16),
            **self.whose,
        )
