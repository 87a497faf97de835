"""The steps of a handover once it is sent: each side takes its own, by one page for all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse

from casework import audit
from casework.access import Permission, requires
from casework.queries import people
from partners.forms import steps as forms
from partners.models import Handover
from partners.operations import handovers as operations
from partners.views import base

State, Side = Handover.State, Handover.Side


@dataclass(frozen=True)
class Step:
    """A way from some states to the state ``after``. ``title``, ``done``: words of its page and of what came of it.

    ``told``: title where the prison's team takes the agency's step, because it was told by telephone; nothing where it may not.
    """

    after: str
    form: type
    operation: Callable
    title: str
    done: str
    before: frozenset = frozenset(State)
    told: str = ""

    def is_open(self, handover, side):
        mover = Handover.MOVES[handover.state].get(self.after)
        return bool(mover and handover.state in self.before and (mover == side or side == Side.PRISON and self.told))

    def called(self, handover, side):
        """Its title as ``side`` reads it."""
        if self.after == State.OFFERED and handover.state == State.OFFERED:
            return "The agency gave another time" if side == Side.PRISON else "Give another time"
        return self.told if side == Side.PRISON and self.told else self.title


KEPT = partial(operations.record_outcome, outcome="KEPT")
MISSED = partial(operations.record_outcome, outcome="MISSED")
STEPS = {
    "acknowledged": Step(
        State.ACKNOWLEDGED,
        forms.Told,
        operations.acknowledge,
        "Acknowledge",
        "Acknowledged",
        told="The agency acknowledged it",
    ),
    "query": Step(State.QUERIED, forms.Query, operations.query, "Send a query", "Query sent to the prison’s team"),
    "refuse": Step(
        State.REFUSED,
        forms.Refuse,
        operations.refuse,
        "Refuse it",
        "Refused, with the reason",
        told="The agency refused it",
    ),
    "offer": Step(
        State.OFFERED,
        forms.Offer,
        operations.offer,
        "Offer an appointment",
        "Appointment offered",
        told="The agency offered an appointment",
    ),
    "kept": Step(
        State.KEPT, forms.Came, KEPT, "The appointment was kept", "Recorded as kept", told="The appointment was kept"
    ),
    "missed": Step(
        State.MISSED,
        forms.Came,
        MISSED,
        "The appointment was missed",
        "Recorded as missed",
        told="The appointment was missed",
    ),
    "answer": Step(
        State.SENT, forms.Answer, operations.answer, "Answer the query", "Answer sent", frozenset([State.QUERIED])
    ),
    "send-back": Step(
        State.SENT, forms.SendBack, operations.send_back, "Send it back", "Sent back", frozenset([State.REFUSED])
    ),
    "close": Step(State.CLOSED, forms.Close, operations.close, "Close it", "Closed"),
}
# Taken by the prison's team alone.
OURS = {"acknowledged", "answer", "send-back", "close"}
# What the agency waits for.
OUR_TURN = {"answer", "send-back"}


def open_to(handover, side):
    """Name and title of the steps that ``side`` may take from where ``handover`` stands; what is its own comes first, and the end last."""
    mine = [(name, step) for name, step in STEPS.items() if step.is_open(handover, side)]
    if side == Side.AGENCY:  # Has a button of its own, and nothing to say.
        mine = [(name, step) for name, step in mine if name != "acknowledged"]
    mine.sort(key=lambda one: (one[0] == "close", Handover.MOVES[handover.state][one[1].after] != side))
    return [(name, step.called(handover, side)) for name, step in mine]


@requires(Permission.MAKE_HANDOVER)
def prison_step(request, handover_id, name):
    row = base.handover(request, handover_id)
    header = people.open_record(request, row.person_id, what="handover")
    return _take(request, row, name, Side.PRISON, "partners/step.html", header=header)


@requires(Permission.ANSWER_HANDOVER)
def agency_step(request, handover_id, name):
    row = base.handover(request, handover_id)
    audit.opened(request, row, what="handover")
    return _take(request, row, name, Side.AGENCY, "partners/agency_step.html")


def _take(request, row, name, side, template, **context):
    if name not in STEPS:
        raise Http404
    step = STEPS[name]
    if side == Side.AGENCY and name in OURS or side == Side.PRISON and name == "query":
        raise Http404
    if name not in dict(open_to(row, side)) and not request.POST:
        return base.back(request, row, "Somebody moved this on meanwhile. Look at it again.")
    page = "partners:received" if side == Side.AGENCY else "partners:handover"
    form = step.form(request.POST or None, initial=step.form.beginning(row), cancel_url=reverse(page, args=[row.pk]))
    if form.is_valid():
        try:
            step.operation(handover=row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return base.back(request, row, success=step.done)
    for_agency = side == Side.PRISON and bool(step.told)
    context |= {"handover": row, "form": form, "title": step.called(row, side), "for_agency": for_agency}
    return render(request, template, context)
