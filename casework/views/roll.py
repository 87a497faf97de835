from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from casework import audit, tasks
from casework.access import Permission, requires
from casework.forms import roll as forms
from casework.models import CustodySpell
from casework.operations import custody
from casework.operations import roll as operations
from casework.queries import alerts, people
from casework.queries import roll as queries

PAGE = 50


@requires(Permission.IMPORT_ROLL)
def rolls(request):
    """The rolls that were uploaded, newest first."""
    imports = queries.page_of_imports(request.user, before=request.GET.get("before"), size=PAGE + 1)
    context = {"imports": imports[:PAGE], "older": str(imports[PAGE - 1].pk) if len(imports) > PAGE else None}
    return render(request, "casework/rolls.html", context)


@requires(Permission.IMPORT_ROLL)
def upload_roll(request):
    form = forms.UploadRoll(
        request.POST or None, request.FILES or None, prison=request.user.prison, cancel_url="/roll/"
    )
    if form.is_valid():
        uploaded = operations.upload(
            prison=request.user.prison,
            by=request.user,
            at=timezone.now(),
            nonce=form.cleaned_data["nonce"],
            **form.cleaned_data["roll"],
        )
        tasks.nudge(uploaded.pk)
        return redirect("casework:roll", uploaded.pk)
    return render(request, "casework/roll_upload.html", {"form": form})


@requires(Permission.IMPORT_ROLL)
def roll(request, import_id):
    row = get_object_or_404(queries.imports(request.user), pk=import_id)
    form = forms.ConfirmRoll(shrinks=row.report.get("shrinks"))
    return _shown(request, row, form)


def _shown(request, row, form):
    row.report = queries.redacted(row.report)
    named = queries.named(row.report, request.user)
    shown = [person.pk for person in named.values()]
    if named:
        audit.listed(request, "roll", shown)
    context = {"row": row, "form": form, "sections": queries.sections(row.report, named)}
    return render(request, "casework/roll.html", {**context, "marks": alerts.marks(request.user, shown)})


@requires(Permission.IMPORT_ROLL)
@require_POST
def confirm_roll(request, import_id):
    row = get_object_or_404(queries.imports(request.user), pk=import_id)
    form = forms.ConfirmRoll(request.POST, shrinks=row.report.get("shrinks"))
    if form.is_valid():
        accept = form.cleaned_data.get("accept_shrink", False)
        try:
            operations.confirm(import_id=row.pk, accept_shrink=accept, by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            tasks.nudge(row.pk)
            return redirect("casework:roll", row.pk)
    return _shown(request, row, form)


@requires(Permission.IMPORT_ROLL)
@require_POST
def cancel_roll(request, import_id):
    row = get_object_or_404(queries.imports(request.user), pk=import_id)
    try:
        operations.cancel(import_id=row.pk, at=timezone.now(), by=request.user)
    except ValidationError as error:
        messages.error(request, error.message)
        return redirect("casework:roll", row.pk)
    messages.success(request, "The roll was put away. Nothing was imported.")
    return redirect("casework:rolls")


@requires(Permission.IMPORT_ROLL)
def roll_progress(request, import_id):
    """The progress bar, asked for every two seconds; once there is something else to see the page loads again."""
    row = get_object_or_404(queries.imports(request.user), pk=import_id)
    if not row.is_in_hand:
        return HttpResponseClientRefresh() if request.htmx else redirect("casework:roll", row.pk)
    return render(request, "casework/_roll_progress.html", {"row": row})


@requires(Permission.CONFIRM_DEPARTURE)
def off_roll(request):
    """Everybody whom the last roll did not name, longest missing first."""
    missing = queries.page_of_missing(request.user, after=request.GET.get("after"), size=PAGE + 1)
    shown = [spell.person_id for spell in missing[:PAGE]]
    audit.listed(request, "roll.off", shown)
    after = queries.key(missing[PAGE - 1]) if len(missing) > PAGE else None
    context = {"missing": missing[:PAGE], "marks": alerts.marks(request.user, shown), "after": after}
    return render(request, "casework/off_roll.html", context)


@requires(Permission.CONFIRM_DEPARTURE)
def confirm_departure(request, spell_id):
    spell = get_object_or_404(CustodySpell.objects.visible_to(request.user), pk=spell_id)
    header = people.open_record(request, spell.person_id)
    form = forms.ConfirmDeparture(request.POST or None, initial={"on": spell.off_roll_on}, cancel_url="/off-roll/")
    if form.is_valid():
        try:
            custody.confirm_departure(spell_id=spell.pk, at=timezone.now(), by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"Recorded for {header.person.name}")
            return redirect("casework:off_roll")
    return render(request, "casework/off_roll_confirm.html", {"header": header, "spell": spell, "form": form})
