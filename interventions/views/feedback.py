"""Feedback sheets: printed, typed in, read by session and by month, quoted."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework.access import Permission, requires
from interventions.forms import feedback as forms
from interventions.models import FeedbackSheet, GroupSession
from interventions.operations import feedback as operations
from interventions.queries import feedback as queries


@requires(Permission.RUN_GROUPS)
def months(request):
    known = queries.months(request.user)
    month = queries.read_month(request.GET.get("month", ""), known)
    sessions = queries.by_session(request.user, month)
    context = {
        "month": month,
        "months": known,
        "sessions": sessions,
        "result": queries.of_month(request.user, month, sessions),
        "quotes": queries.quotes(request.user, month, sessions),
        "sheets": queries.without_session(request.user, month, sessions),
        "few": queries.FEW,
        "questions": queries.RATINGS.values(),
    }
    return render(request, "interventions/feedback_months.html", context)


@requires(Permission.RUN_GROUPS)
def show(request, group_id):
    session = _session(request, group_id)
    result = queries.of_session(session, request.user)
    sheets = FeedbackSheet.objects.visible_to(request.user).filter(session=session).order_by("pk")
    context = {
        "session": session,
        "sheets": sheets.none() if result.few else sheets,
        "result": result,
        "month": timezone.localdate(session.period.lower),
        "questions": queries.RATINGS.values(),
        "few": queries.FEW,
    }
    return render(request, "interventions/feedback.html", context)


@requires(Permission.RUN_GROUPS)
def enter(request, group_id=None):
    session = _session(request, group_id) if group_id else None
    back = reverse("interventions:feedback", args=[group_id]) if session else reverse("interventions:feedback_months")
    form = forms.Pile(request.POST or None, of_month=session is None, cancel_url=back)
    if form.is_valid():
        try:
            count = operations.enter(session=session, by=request.user, **form.answers)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "1 sheet was saved." if count == 1 else f"{count or 'The'} sheets were saved.")
            month = form.cleaned_data.get("month")
            return redirect(f"{back}?month={month:%Y-%m}" if month else back)
    came = queries.attended(session) if session else None
    context = {"session": session, "form": form, "came": came, "few": queries.FEW}
    return render(request, "interventions/enter_feedback.html", context)


@requires(Permission.RUN_GROUPS)
def sheet(request, group_id=None):
    """The paper sheet in easy words, two to a sheet of A4; without a session there is a line to say what it was."""
    session = _session(request, group_id) if group_id else None
    context = {"session": session, "copies": [1, 2], "questions": queries.RATINGS.values(), "numbers": range(1, 6)}
    return render(request, "interventions/feedback_sheet.html", context)


@requires(Permission.RUN_GROUPS)
@require_POST
def choose(request, sheet_id):
    row = get_object_or_404(FeedbackSheet.objects.visible_to(request.user).select_related("session"), pk=sheet_id)
    try:
        operations.choose(sheet=row, chosen=request.POST.get("chosen") == "yes", by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    if row.session and not queries.of_session(row.session, request.user).few:
        return redirect("interventions:feedback", row.session_id)
    return redirect(f"{reverse('interventions:feedback_months')}?month={row.month:%Y-%m}")


def _session(request, group_id):
    sessions = GroupSession.objects.visible_to(request.user).select_related("room", "wing")
    return get_object_or_404(sessions, pk=group_id)
