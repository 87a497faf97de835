from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from casework import audit
from casework.access import Permission, allows, requires
from casework.forms import alerts as forms
from casework.models import Alert, KeepApart, User
from casework.operations import alert as operations
from casework.operations import keep_apart
from casework.queries import alerts as queries
from casework.queries import finder, people


@requires(Permission.VIEW_PERSON)
def show(request, person_id):
    header = people.open_record(request, person_id, what="person.alerts")
    after = request.GET.get("after", "")
    page = queries.page(header.person, request.user, after=int(after) if after.isdecimal() else None)
    others = [row.with_whom.pk for row in page.kept_apart]
    if others:
        audit.listed(request, "keep_aparts", others)
    context = {
        "header": header,
        "page": page,
        "marks": queries.marks(request.user, others),
        "may_keep": allows(request.user, Permission.KEEP_ALERTS),
        "plans": request.user.has_duty(User.Duty.SCHEDULE),
        "first": request.path if after else "",
        "next": f"?after={page.after}" if page.after else "",
    }
    return render(request, "casework/alerts.html", context)


@requires(Permission.KEEP_ALERTS)
def note(request, person_id):
    header = people.open_record(request, person_id, what="person.alerts")
    back = reverse("casework:alerts", args=[person_id])
    form = forms.Note(request.POST or None, cancel_url=back)
    if form.is_valid():
        try:
            operations.note(person=header.person, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The notice was noted")
            return redirect(back)
    return render(request, "casework/note_alert.html", {"header": header, "form": form})


@requires(Permission.KEEP_ALERTS)
def end(request, alert_id):
    alert = get_object_or_404(Alert.objects.visible_to(request.user), pk=alert_id)
    header = people.open_record(request, alert.person_id, what="person.alerts")
    back = reverse("casework:alerts", args=[alert.person_id])
    form = forms.End(request.POST or None, cancel_url=back)
    if form.is_valid():
        try:
            operations.end(alert=alert, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The notice was ended")
            return redirect(back)
    (alert,) = queries.described([alert])
    return render(request, "casework/end_alert.html", {"header": header, "alert": alert, "form": form})


@requires(Permission.KEEP_ALERTS)
def acct(request, person_id):
    header = people.open_record(request, person_id, what="person.alerts")
    back = reverse("casework:alerts", args=[person_id])
    now = queries.acct(header.person, request.user)
    seen = {"seen": now.stamp if now else ""}
    form = forms.Acct(request.POST or None, acct=now, initial=seen, cancel_url=back)
    if form.is_valid():
        try:
            operations.acct(person=header.person, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error, **seen)
        else:
            messages.success(request, "What safer custody said was noted")
            return redirect(back)
    return render(request, "casework/note_acct.html", {"header": header, "acct": now, "form": form})


def _planners_only(user):
    if not user.has_duty(User.Duty.SCHEDULE):
        raise PermissionDenied


@requires(Permission.KEEP_ALERTS)
def keep_aparts(request):
    """Everybody who must not meet somebody: for those who plan rooms and groups."""
    _planners_only(request.user)
    after = request.GET.get("after", "")
    pairs = queries.kept_apart(request.user, after=int(after) if after.isdecimal() else None, size=queries.PAGE + 1)
    more, pairs = len(pairs) > queries.PAGE, pairs[: queries.PAGE]
    shown = {key for pair in pairs for key in (pair.person_id, pair.other_id)}
    audit.listed(request, "keep_aparts", shown)
    context = {
        "pairs": pairs,
        "marks": queries.marks(request.user, shown),
        "first": request.path if after else "",
        "next": f"?after={pairs[-1].pk}" if more else "",
    }
    return render(request, "casework/keep_aparts.html", context)


@requires(Permission.KEEP_ALERTS)
def record_keep_apart(request, person_id):
    _planners_only(request.user)
    header = people.open_record(request, person_id, what="person.alerts")
    back = reverse("casework:alerts", args=[person_id])
    form = forms.RecordKeepApart(request.POST or None, cancel_url=back)
    if form.is_valid():
        given = form.cleaned_data.copy()
        other = finder.by_number(request.user, given.pop("number"))
        try:
            if other is None:
                raise ValidationError(
                    {"number": "Nobody here has this number. Look for the person under Find a person."}
                )
            keep_apart.record(person=header.person, other=other, by=request.user, **given)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "They are kept apart")
            return redirect(back)
    return render(request, "casework/record_keep_apart.html", {"header": header, "form": form})


@requires(Permission.KEEP_ALERTS)
def end_keep_apart(request, person_id, keep_apart_id):
    rows = KeepApart.objects.visible_to(request.user).select_related("person", "other")
    header = people.open_record(request, person_id, what="person.alerts")
    pair = get_object_or_404(rows.of(header.person), pk=keep_apart_id)
    back = reverse("casework:alerts", args=[person_id])
    form = forms.End(request.POST or None, cancel_url=back)
    if form.is_valid():
        try:
            keep_apart.end(keep_apart=pair, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "They may meet again")
            return redirect(back)
    other = pair.other if pair.person_id == person_id else pair.person
    return render(request, "casework/end_keep_apart.html", {"header": header, "other": other, "form": form})
