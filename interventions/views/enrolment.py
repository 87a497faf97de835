"""Somebody's programmes: proposed, decided, given a place, attended, completed with a certificate, or ended before."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from casework.access import Permission, allows, requires
from casework.queries import people
from interventions.formats import reasons
from interventions.forms import enrolment as forms
from interventions.models import Certificate, Enrolment, Programme
from interventions.operations import enrolment as operations
from interventions.queries import enrolment as queries


@dataclass(frozen=True)
class Step:
    """One step: its button, its question and what is said when it is done, with the names of the person and the programme in them."""

    operation: Callable
    form: type
    button: str
    title: str
    done: str


STEPS = {
    "accept": Step(
        operations.accept,
        forms.Accept,
        "Decide",
        "Is {programme} right for {name}?",
        "{name} is on the waiting list of {programme}.",
    ),
    "allocate": Step(
        operations.allocate, forms.Allocate, "Give a place", "A place in {programme} for {name}", "{name} has a place."
    ),
    "start": Step(
        operations.start,
        forms.Start,
        "Has begun",
        "Has {name} begun with {programme}?",
        "{name} takes part in {programme}.",
    ),
    "give-back": Step(
        operations.give_back,
        forms.GiveBack,
        "Give the place back",
        "Give back the place of {name} in {programme}?",
        "{name} waits for {programme} again.",
    ),
    "suspend": Step(
        operations.suspend,
        forms.Suspend,
        "Suspend",
        "Suspend {name} from {programme}?",
        "{name} is suspended from {programme}.",
    ),
    "resume": Step(operations.resume, forms.Resume, "Resume", "Does {name} go on with {programme}?", "{name} goes on."),
    "complete": Step(
        operations.complete, forms.Complete, "Graduate", "{name} graduates from {programme}", "{name} graduated."
    ),
    "stop": Step(
        operations.stop,
        forms.Stop,
        "End it",
        "End {programme} for {name}?",
        "{programme} is over for {name}.",
    ),
}


@requires(Permission.VIEW_PERSON)
def of_person(request, person_id):
    """The groups of one person."""
    header = people.open_record(request, person_id, what="groups")
    context = {
        "header": header,
        "rows": queries.of_person(header.person, request.user, today=timezone.localdate()),
        "may_run": allows(request.user, Permission.RUN_GROUPS),
    }
    return render(request, "interventions/person_groups.html", context)


@requires(Permission.RUN_GROUPS)
def propose(request, person_id):
    header = people.open_record(request, person_id)
    back = reverse("interventions:person_groups", args=[person_id])
    chosen = _asked_for(request)
    begin = {"user": request.user, "initial": {"programme": chosen}, "against": _against(request, header)}
    form = forms.Propose(request.POST or None, cancel_url=back, **begin)
    if form.is_valid():
        try:
            made = operations.propose(person=header.person, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{header.person.name} was proposed for {made.programme}.")
            return redirect("interventions:enrolment", made.pk)
    return render(request, "interventions/propose.html", {"header": header, "form": form})


@requires(Permission.VIEW_PERSON)
def show(request, enrolment_id):
    enrolment = _enrolment(request, enrolment_id)
    header = people.open_record(request, enrolment.person_id, what="enrolment")
    moves = enrolment.moves.select_related("by")
    context = {
        "header": header,
        "enrolment": enrolment,
        "colour": queries.COLOURS.get(enrolment.state, "grey"),
        "why": reasons.label(enrolment.reason) if enrolment.reason else "",
        "moves": [(move, reasons.label(move.reason) if move.reason else "") for move in moves],
        "progress": queries.progress(enrolment, now=timezone.now()),
        "steps": [(name, STEPS[name]) for name in _steps(request, enrolment)],
        "against": _speaks_against(enrolment),
    }
    return render(request, "interventions/enrolment.html", context)


@requires(Permission.RUN_GROUPS)
def step(request, enrolment_id, step):
    """Take one step of an enrolment; the page of a step that is not open leads back."""
    kind, enrolment = STEPS.get(step), _enrolment(request, enrolment_id)
    header = people.open_record(request, enrolment.person_id, what="enrolment")
    if kind is None:
        raise Http404
    if request.method != "POST" and step not in queries.STEPS.get(enrolment.state, []):
        return redirect("interventions:enrolment", enrolment_id)
    back = reverse("interventions:enrolment", args=[enrolment_id])
    form = kind.form(request.POST or None, enrolment=enrolment, user=request.user, cancel_url=back)
    names = {"name": header.person.name, "programme": enrolment.programme.name}
    if form.is_valid():
        try:
            taken = kind.operation(enrolment=enrolment, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            enrolment.refresh_from_db(fields=["version"])
            form.refuse(error, version=enrolment.version)
        else:
            _tell(request, kind.done.format(**names), taken)
            return redirect("interventions:enrolment", enrolment_id)
    context = {"header": header, "form": form, "title": kind.title.format(**names), **_facts(step, enrolment)}
    return render(request, "interventions/enrolment_step.html", context)


@requires(Permission.VIEW_PERSON)
def certificate(request, enrolment_id):
    """The certificate, to be printed as often as it is needed."""
    row = _certificate(request, enrolment_id)
    header = people.open_record(request, row.person_id, what="certificate")
    may_run = allows(request.user, Permission.RUN_GROUPS)
    return render(request, "interventions/certificate.html", {"header": header, "certificate": row, "may_run": may_run})


@requires(Permission.RUN_GROUPS)
def rename(request, enrolment_id):
    row = _certificate(request, enrolment_id)
    header = people.open_record(request, row.person_id, what="certificate")
    back = reverse("interventions:certificate", args=[enrolment_id])
    form = forms.Rename(request.POST or None, row=row, cancel_url=back)
    if form.is_valid():
        try:
            operations.rename(certificate=row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The certificate has the new name.")
            return redirect(back)
    title = f"The name on certificate {row.number}"
    return render(request, "interventions/enrolment_step.html", {"header": header, "form": form, "title": title})


def _enrolment(request, enrolment_id):
    rows = queries.one(Enrolment.objects.visible_to(request.user))
    return get_object_or_404(rows, pk=enrolment_id)


def _certificate(request, enrolment_id):
    rows = Certificate.objects.visible_to(request.user).select_related("prison", "issued_by", "enrolment__programme")
    return get_object_or_404(rows, enrolment=enrolment_id)


def _tell(request, done, enrolment):
    """What was done, at how many sessions somebody who was given a place is expected, and why not at the others."""
    if count := getattr(enrolment, "expected", 0):
        done += f" Expected at {count} session{'' if count == 1 else 's'} to come."
    messages.success(request, done)
    for finding, sessions in getattr(enrolment, "left_out", {}).items():
        days = ", ".join(date_format(timezone.localdate(each.starts_at), "j F") for each in sessions)
        messages.warning(request, f"{enrolment.person.name} was left out on {days}. {finding.text}")


def _steps(request, enrolment):
    return queries.STEPS.get(enrolment.state, []) if allows(request.user, Permission.RUN_GROUPS) else []


def _asked_for(request):
    """The programme that the address names, if it is offered."""
    key = request.GET.get("programme", "")
    rows = Programme.objects.visible_to(request.user).current()
    return rows.filter(pk=key).first() if key.isdecimal() and len(key) < 19 else None


def _against(request, header):
    """Key of each programme that is offered → what speaks against the person in it."""
    offered = list(Programme.objects.visible_to(request.user).current())
    return queries.against_each(header.person, offered, request.user.prison_id, today=timezone.localdate())


def _speaks_against(enrolment):
    """What speaks against a place; of somebody who has one, only what nobody has set aside yet."""
    if enrolment.state == Enrolment.State.ALLOCATED:
        return queries.new_against(enrolment, today=timezone.localdate())
    if enrolment.state not in {Enrolment.State.PROPOSED, Enrolment.State.WAITING}:
        return []
    return queries.against(enrolment, today=timezone.localdate())


def _facts(step, enrolment):
    """What there is to know before a step is taken."""
    if step == "complete":
        return {"progress": queries.progress(enrolment, now=timezone.now())}
    return {"enrolment": enrolment, "against": _speaks_against(enrolment)}
