"""One person after another at a recovery meeting: what is needed, what is said, who does what."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from partners.forms import meetings as forms
from partners.models import Meeting, MeetingAction, MeetingItem
from partners.operations import meeting_lists as operations
from partners.queries import meetings as queries
from partners.views import meetings as views


@requires(Permission.KEEP_MEETINGS)
def add(request, meeting_id):
    row = views.fetch(request, meeting_id)
    back = reverse("partners:meeting", args=[row.pk])
    form = forms.Add(request.POST or None, user=request.user, cancel_url=back)
    if form.is_valid():
        try:
            operations.add(meeting=row, people=form.cleaned_data["numbers"], by=request.user)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "They are on the list.")
            return redirect(back)
    return render(
        request, "partners/meeting_form.html", {"form": form, "title": "Put people on the list", "meeting": row}
    )


@requires(Permission.KEEP_MEETINGS)
def item(request, item_id):
    """The page of the chair: one person, and the way to all others. Saving leads to the next one."""
    row = _item(request, item_id)
    items = queries.items(row.meeting, request.user)
    here = next(one for one in items if one.pk == row.pk)
    audit.opened(request, row, what="meeting_item")
    audit.listed(request, "meeting", [one.person_id for one in items])
    begun = row.meeting.state == Meeting.State.HELD
    form = forms.Item(
        request.POST or None, row=row, heard_by=here.heard_by, begun=begun, user=request.user, cancel_url=_at(row)
    )
    if form.is_valid():
        try:
            operations.write(item=row, by=request.user, **form.asked())
        except ValidationError as error:
            form.refuse(error)
        else:
            return _on(request, row, items)
    page = {"item": here, "meeting": row.meeting, "items": items, "form": form, "today": timezone.localdate()}
    return render(request, "partners/meeting_item.html", page)


def _on(request, row, items):
    """To the next person of the list, or back to the meeting after the last."""
    keys = [one.pk for one in items]
    following = keys[keys.index(row.pk) + 1 :]
    messages.success(request, f"{row.person.name}: saved.")
    return redirect("partners:meeting_item", following[0]) if following else redirect(_at(row))


@requires(Permission.KEEP_MEETINGS)
@require_POST
def remove(request, item_id):
    row = _item(request, item_id)
    try:
        operations.remove(item=row, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"{row.person.name} is off the list.")
    return redirect(_at(row))


@requires(Permission.KEEP_MEETINGS)
def action(request, agreed_id):
    rows = MeetingAction.objects.visible_to(request.user).select_related("item__meeting", "person", "worker", "agency")
    row = get_object_or_404(rows, pk=agreed_id)
    audit.opened(request, row, what="meeting_action")
    back = reverse("partners:meeting", args=[row.item.meeting_id])
    form = forms.Report(request.POST or None, row=row, user=request.user, cancel_url=back)
    if form.is_valid():
        try:
            operations.report(action=row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The action is saved.")
            return redirect(back)
    page = {"form": form, "action": row, "name": row.person.name, "today": timezone.localdate()}
    return render(request, "partners/meeting_action.html", page)


def _item(request, item_id):
    rows = MeetingItem.objects.visible_to(request.user).select_related("meeting", "meeting__room", "person")
    return get_object_or_404(rows, pk=item_id, removed_at=None)


def _at(row):
    return reverse("partners:meeting", args=[row.meeting_id])
