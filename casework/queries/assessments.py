"""What was asked of a person: assessments, scores, outcomes profiles, each in as many queries whatever their number."""

from dataclasses import dataclass, field

from django.db.models import Q, Window
from django.db.models.functions import RowNumber
from django.shortcuts import get_object_or_404
from django.utils import timezone

from casework.formats import instruments, questions, reference
from casework.formats import outcomes_profile as top
from casework.models import Assessment, Case, OutcomesProfile, ReleaseDate, Score

SHOWN = 5  # assessments, scores of one questionnaire and profiles on the page of all of them
SIZE = 25
CHARTED = 24
Kind, Stage = Assessment.Kind, OutcomesProfile.Stage


def answered(assessment):
    """The answers with the substances among them, as the question set looks at them."""
    asked = questions.named(assessment.questions)
    live = [use.substance for use in assessment.substances.all() if use.ended_at is None]
    return {**assessment.answers, **{one.code: live for one in asked.questions if one.kind == "substances"}}


@dataclass
class Series:
    """All administrations of one questionnaire (about one drug), newest first. ``points``: what a chart draws, oldest first."""

    tool: str
    about: str
    scores: list = field(default_factory=list)

    @property
    def instrument(self):
        return instruments.current()[self.tool]

    @property
    def title(self):
        return f"{self.instrument.name}: {reference.substances()[self.about]}" if self.about else self.instrument.name

    @property
    def key(self):
        """A word for the page to name it by."""
        return f"{self.tool}-{self.about}".strip("-").lower()

    @property
    def shown(self):
        return self.scores[:SHOWN]

    @property
    def more(self):
        return len(self.scores) > SHOWN

    @property
    def chart(self):
        latest = self.scores[:CHARTED][::-1]
        return {
            "title": f"{self.title} over time",
            "most": self.instrument.most,
            "points": [(score.asked_on, score.total) for score in latest],
            "marks": [band.least for band in self.instrument.bands_for(self.about) if band.least],
        }


@dataclass(frozen=True)
class Page:
    """Up to ``size`` rows, newest first. ``after``: the key of the last if there are more, else None."""

    rows: list
    after: int | None


def _page(rows, moment, after="", size=SIZE):
    """The ``Page`` of ``rows`` behind the row with the key ``after``, newest ``moment`` first. A key that is none leads to the first."""
    known = after.isdecimal() and len(after) < 19
    if last := rows.filter(pk=after).first() if known else None:
        at = getattr(last, moment)
        rows = rows.filter(Q(**{f"{moment}__lt": at}) | Q(**{moment: at}, pk__lt=last.pk))
    found = list(rows.order_by(f"-{moment}", "-pk")[: size + 1])
    return Page(found[:size], found[size - 1].pk if len(found) > size else None)


@dataclass(frozen=True)
class Overview:
    """The newest of everything that was asked of a person in the prison of the user."""

    assessments: Page
    series: list
    profiles: Page


def overview(person, user):
    """The ``Overview`` of ``person`` as ``user`` may see it: three queries."""
    return Overview(
        assessments=assessments(person, user, size=SHOWN),
        series=_series(person, user),
        profiles=profiles_of(person, user, size=SHOWN),
    )


def assessments(person, user, after="", *, size=SIZE):
    """One page of the assessments of ``person``, from the one after the key ``after``."""
    rows = Assessment.objects.visible_to(user).filter(person=person)
    rows = rows.select_related("begun_by", "completed_by", "superseded_by")
    return _page(rows, "begun_at", after, size)


def profiles_of(person, user, after="", *, size=SIZE):
    """One page of the outcomes profiles of ``person``, from the one after the key ``after``."""
    rows = OutcomesProfile.objects.visible_to(user).filter(person=person).select_related("done_by")
    return _page(rows, "done_on", after, size)


def beginnings(case):
    """What can be begun in an open ``case``: (kind, the unfinished one or None). There has to be something to review."""
    known = list(Assessment.objects.filter(case=case).only("kind", "completed_at"))
    unfinished = {row.kind: row for row in known if row.completed_at is None}
    assessed = any(row.kind == Kind.COMPREHENSIVE and row.completed_at for row in known)
    return [(kind, unfinished.get(kind)) for kind in Kind if assessed or kind != Kind.REVIEW]


def _scores(person, user):
    return Score.objects.visible_to(user).filter(person=person).select_related("asked_by").defer("items")


def _series(person, user):
    """Each questionnaire (about each drug) with as many of its newest scores as a chart draws."""
    newest = Window(RowNumber(), partition_by=["tool", "about"], order_by=["-asked_on", "-pk"])
    found = {}
    for score in _scores(person, user).annotate(place=newest).filter(place__lte=CHARTED):
        found.setdefault((score.tool, score.about), Series(score.tool, score.about)).scores.append(score)
    return [found[key] for key in sorted(found, key=lambda key: (instruments.ORDER.index(key[0]), key[1]))]


def history(person, user, tool, about, after=""):
    """The newest administrations of ``tool`` (about one drug), and the page of them from the one after the key ``after``."""
    rows = _scores(person, user).filter(tool=tool, about=about)
    return Series(tool, about, list(rows[:CHARTED])), _page(rows, "asked_on", after)


def of_assessment(key, user):
    """The assessment with this key, with its substances, if ``user`` may see it (else 404)."""
    rows = Assessment.objects.visible_to(user).select_related(
        "case", "person", "begun_by", "completed_by", "supersedes", "superseded_by"
    )
    return get_object_or_404(rows.prefetch_related("substances"), pk=key)


@dataclass(frozen=True)
class Told:
    """One question as a reader sees it. ``answer``: words, empty where it was not answered; ``asked``: whether it had to be asked."""

    question: questions.Question
    answer: str
    asked: bool
    missing: bool
    substances: list


@dataclass(frozen=True)
class ToldSection:
    """One page of questions with its answers, and how many have still to be answered."""

    section: questions.Section
    told: list
    number: int

    @property
    def missing(self):
        return sum(told.missing for told in self.told)

    @property
    def missing_words(self):
        return f"{self.missing} to be answered"

    @property
    def answered(self):
        return sum(bool(told.answer or told.substances) for told in self.told)


def read(assessment):
    """The sections of an assessment in the words of its own version. What does not apply and was not answered is left out."""
    asked, answers = questions.named(assessment.questions), answered(assessment)
    missing = asked.missing(answers)
    return [
        ToldSection(section, [*_told(assessment, asked, section, answers, missing)], number)
        for number, section in enumerate(asked.sections, start=1)
    ]


def _told(assessment, asked, section, answers, missing):
    for question in section.questions:
        value, applies = answers.get(question.code), asked.applies(question, answers)
        uses = live_substances(assessment) if question.kind == "substances" else []
        answer = question.told(value) if value and question.kind != "substances" or value == 0 else ""
        if applies or answer or uses:
            yield Told(question, answer, applies, question in missing, uses)


def live_substances(assessment):
    """The substances that the assessment names, the main one first."""
    live = [use for use in assessment.substances.all() if use.ended_at is None]
    for use in live:
        use.label = reference.substances().get(use.substance, use.substance)
    return sorted(live, key=lambda use: use.rank)


def scored(score):
    """What the page of one administration shows: the instrument of its own version, the items, and the score worked out anew."""
    instrument = instruments.get(score.tool, int(score.tool_version))
    items = [(item, item.option(score.items.get(item.code))) for item in instrument.items]
    return {
        "instrument": instrument,
        "items": items,
        "result": instruments.score(instrument, score.items, score.about),
        "bands": instrument.bands_for(score.about),
        "about": reference.substances().get(score.about, ""),
        "alarms": instrument.alarms(score.items),
    }


def last_case(person, user):
    """The newest case of ``person`` in the prison of ``user``, open or not."""
    return Case.objects.visible_to(user).filter(person=person).select_related("prison").first()


def profiles(case):
    """The profiles of a case, the oldest first."""
    return list(OutcomesProfile.objects.filter(case=case).order_by("done_on", "pk"))


def next_stage(case, former):
    """The stage that comes next: start, reviews, exit once the case closes, after exit."""
    stages = {profile.stage for profile in former}
    if Stage.START not in stages:
        return Stage.START
    if Stage.EXIT in stages:
        return Stage.POST_EXIT
    return Stage.EXIT if case.closed_on or case.closing_from else Stage.REVIEW


def windows(case, former):
    """Stage → when it is to be made, of those that can be made next and whose time is known."""
    stage = next_stage(case, former)
    stages = {Stage.REVIEW: [Stage.REVIEW, Stage.EXIT]}.get(stage, [stage])
    found = [(one, window(case, one, former)) for one in stages]
    return [(one, period) for one, period in found if period]


def profiled(profile):
    """What the page of one profile shows."""
    said = profile.answers
    lines = [
        (
            line,
            list(zip(top.WEEKS, [said[name] for name in line.weeks], strict=True)),
            said[line.total],
            said[line.amount],
        )
        for line in top.LINES
    ]
    labels = dict(top.ANSWERS)
    groups = [
        (title, [(item, labels.get(said[item.code], said[item.code])) for item in items]) for title, items in top.GROUPS
    ]
    period = top.Period(profile.period_from, profile.period_until)
    warnings = top.warnings(said, period)
    return {"lines": lines, "groups": groups, "shared": labels[top.sharing(said)], "warnings": warnings}


def window(case, stage, former):
    """When a profile of this stage is to be made, ``former`` being those of the case from the oldest on; or None."""
    if stage == Stage.START:
        given = {"treated_from": Case.objects.with_treatment_start().get(pk=case.pk).treated_from}
    elif stage == Stage.REVIEW:
        given = {"last_on": former[-1].done_on if former else None}
    else:
        given = {"ended_on": case.closed_on or _leaves_on(case)}
    return top.window(stage, case.prison, **given)


def _leaves_on(case):
    """The day on which the work with somebody is to end: he leaves the prison, as far as is known, or the case closes before."""
    release_on = (
        ReleaseDate.objects.ahead(timezone.localdate()).filter(spell=case.spell_id).values_list("on", flat=True)
    )
    return min((day for day in [release_on.first(), case.closing_from] if day), default=None)
