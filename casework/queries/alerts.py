"""Alerts and notices: what a worker must know before he meets somebody."""

from dataclasses import dataclass

from django.db.models import F, Q
from django.utils import timezone

from casework.access import Permission, allows
from casework.formats import reference
from casework.models import Alert, KeepApart, User

SECURITY = "D"  # not even shown: "do not share with offender" and the like stay where they came from
PAGE = 50
HOW_TO_MEET = [Alert.Acct.OPEN, "RNO121", "WWPAIR", "WWOPEN", "RSS"]


@dataclass
class Page:
    """The alerts of one person: the ``acct`` in force or None, what else is in ``force``, and a page of what is ``over``.

    ``kept_apart``: with whom, for those who plan rooms and groups. ``after``: the key of the next page, or None.
    """

    acct: Alert | None
    force: list
    over: list
    after: int | None
    kept_apart: list


def marks(user, people):
    """Person → tags that stand beside the name wherever one of ``people`` (keys) is in a list: one query, however many they are.

    Empty for those who may not open records.
    """
    if not allows(user, Permission.VIEW_PERSON):
        return {}
    rows = Alert.objects.visible_to(user).open().filter(person__in=list(people), code=Alert.Acct.OPEN)
    return {person: [{"text": "ACCT open", "colour": "red"}] for person in rows.values_list("person", flat=True)}


def tags(user, people):
    """Person → tags of the alerts in force that say how he is to be met, for lists that are taken along to a wing: one query.

    Nothing of what he is accused of or was convicted of, for paper is left lying about.
    """
    known, found = reference.alerts(), {}
    rows = _shown(user).open().filter(person__in=list(people), code__in=HOW_TO_MEET).order_by("from_at", "code")
    for person, code in rows.values_list("person", "code"):
        colour = "red" if code == Alert.Acct.OPEN else ""
        found.setdefault(person, []).append({"text": known[code].label, "colour": colour})
    return found


def page(person, user, *, after=None):
    """The alerts of ``person`` as ``user`` may see them; what is over newest first, behind the alert with the key ``after``."""
    shown = _shown(user).filter(person=person)
    shown = shown.select_related("recorded_by", "ended_by")
    force = described(shown.open().order_by("from_at", "code"))
    over = shown.filter(until_at__isnull=False).order_by("-until_at", "-pk")
    if after and (edge := shown.filter(pk=after, until_at__isnull=False).values_list("until_at", flat=True).first()):
        over = over.filter(Q(until_at__lt=edge) | Q(until_at=edge, pk__lt=after))
    over = described(over[: PAGE + 1])
    return Page(
        acct=next((alert for alert in force if alert.is_acct), None),
        force=[alert for alert in force if not alert.is_acct],
        over=over[:PAGE],
        after=over[PAGE - 1].pk if len(over) > PAGE else None,
        kept_apart=kept_apart(user, person=person),
    )


def acct(person, user):
    """The state of the ACCT of ``person``, or None."""
    return next(iter(described(Alert.objects.visible_to(user).open().acct().filter(person=person))), None)


def described(rows):
    """The list of ``rows`` with what pages say of them: ``label``, ``asks``, ``never_shared``, and ``late`` where the review is overdue."""
    today, known = timezone.localdate(), reference.alerts()
    rows = list(rows)
    for row in rows:
        meaning = known.get(row.code)
        row.label = meaning.label if meaning else f"Alert {row.code}"
        row.asks = meaning.hand if meaning else ""
        row.never_shared = reference.never_share(row.kind, row.code)
        row.late = bool(row.review_on and row.review_on < today and row.until_at is None)
    return rows


def _shown(user):
    secret = [code for code in reference.alerts() if reference.alert_type(code) == SECURITY]
    return Alert.objects.visible_to(user).exclude(Q(kind=SECURITY) | Q(code__in=secret))


def kept_apart(user, *, person=None, after=None, size=None):
    """Pairs who must not meet, newest first, for those who plan rooms and groups: of the prison, or of ``person``, then each with
    ``with_whom``, and what has ended too. ``after``: the key of the pair that the page before ended with.
    """
    if not user.has_duty(User.Duty.SCHEDULE):
        return []
    rows = KeepApart.objects.visible_to(user).select_related("person", "other")
    rows = rows.of(person) if person else rows.current()
    if after and (edge := rows.filter(pk=after).values_list("from_on", flat=True).first()):
        rows = rows.filter(Q(from_on__lt=edge) | Q(from_on=edge, pk__lt=after))
    rows = list(rows.order_by(*([F("ended_on").desc(nulls_first=True)] if person else []), "-from_on", "-pk")[:size])
    for row in rows:
        row.with_whom = row.other if person and row.person_id == person.pk else row.person
    return rows
