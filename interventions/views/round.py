"""Wing rounds: begun, printed, saved, and looked at afterwards."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from casework.queries import alerts, finder
from interventions.forms import round as forms
from interventions.forms.fields import AT
from interventions.models import WingRound
from interventions.operations import round as operations
from interventions.queries import round as queries
from interventions.queries.session import colour


@requires(Permission.LOG_SESSION)
def index(request):
    usual = {"wing": queries.usual_wing(request.user)}
    return _index(request, forms.Choose(user=request.user, initial=usual, first=not request.GET))


def _index(request, choose):
    form = forms.Filter(request.GET, user=request.user)
    chosen = form.cleaned_data if form.is_valid() and not choose.is_bound else {}
    after = request.GET.get("after", "")
    page = queries.made(request.user, after=int(after) if after.isdecimal() and len(after) < 19 else None, **chosen)
    context = {"choose": choose, "form": choose if choose.is_bound else None, "filter": form, "page": page}
    filtered = any(chosen.values())
    return render(
        request,
        "interventions/rounds.html",
        {**context, "filtered": filtered, "older_url": _older(request, page.next_key)},
    )


def _older(request, key):
    if key is None:
        return ""
    asked = QueryDict(request.GET.urlencode(), mutable=True)
    asked["after"] = key
    return f"?{asked.urlencode()}"


@requires(Permission.LOG_SESSION)
def log(request):
    choose = forms.Choose(request.GET, user=request.user)
    if not choose.is_valid():
        return _index(request, choose)
    chosen, back = choose.cleaned_data, reverse("interventions:rounds")
    begin = {} if request.POST else queries.beginning(request.user, **chosen)
    listed_at = chosen["printed"] or timezone.now()
    form = forms.Round(request.POST or None, user=request.user, listed_at=listed_at, initial=begin, cancel_url=back)
    if form.is_valid():
        where = {"wing": chosen["wing"], "landing": chosen["landing"]}
        try:
            made = operations.write_up(by=request.user, **where, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "The round was saved.")
            return redirect("interventions:round", made.pk)
    audit.listed(request, "round.list", form.named)
    sheet_url = _address("interventions:round_sheet", **chosen)
    return render(request, "interventions/log_round.html", {"form": form, "sheet_url": sheet_url, **chosen})


def _address(name, *, wing, landing, printed):
    """The address of a page about this list: of ``wing``, or one landing of it, now or as it was when it was ``printed``."""
    given = {"wing": wing.pk, "landing": landing, "printed": printed and f"{timezone.localtime(printed):{AT}}"}
    return f"{reverse(name)}?{urlencode({key: value for key, value in given.items() if value})}"


@requires(Permission.LOG_SESSION)
@require_POST
def name(request):
    """Called by the page of a round when a number was typed: the name and the cell that go with it."""
    typed = next((value for key, value in request.POST.items() if key.startswith("number_")), "")
    found = next(iter(finder.by_numbers(request.user, [typed]).values()), None)
    if found:
        audit.listed(request, "round.name", {found[0].pk})
    return render(request, "interventions/_round_name.html", {"typed": typed.strip(), "found": found})


@requires(Permission.LOG_SESSION)
def sheet(request):
    """The list of a wing on paper. Its lines are those of the page that it is typed up on, which is told when it was printed."""
    choose = forms.Choose(request.GET, user=request.user)
    if not choose.is_valid():
        return _index(request, choose)
    wing, landing = choose.cleaned_data["wing"], choose.cleaned_data["landing"]
    at = timezone.localtime(choose.cleaned_data["printed"] or timezone.now()).replace(second=0, microsecond=0)
    lines = queries.lines(request.user, queries.on_wing(request.user, wing, landing, at=at), at=at)
    audit.listed(request, "round.sheet", {line.person.pk for line in lines})
    log_url = _address("interventions:log_round", wing=wing, landing=landing, printed=at)
    context = {"wing": wing, "landing": landing, "at": at, "lines": lines, "log_url": log_url}
    further = range(len(lines) + 1, len(lines) + forms.FURTHER + 1)
    return render(request, "interventions/round_sheet.html", {**context, "further": further})


@requires(Permission.LOG_SESSION)
def show(request, round_id):
    rounds = WingRound.objects.visible_to(request.user).select_related("wing", "worker", "type", "recorded_by")
    round = get_object_or_404(rounds, pk=round_id)
    sessions = queries.sessions(round, request.user)
    for session in sessions:
        session.colour = colour(session)
    people = {session.person_id for session in sessions}
    audit.listed(request, "round", people)
    context = {"round": round, "sessions": sessions, "marks": alerts.marks(request.user, people)}
    return render(request, "interventions/round.html", context)
