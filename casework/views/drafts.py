from django.core.exceptions import ValidationError
from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from casework import audit
from casework.access import Permission, requires
from casework.operations import drafts as operations
from casework.queries import drafts as queries


@requires(Permission.USE_HOME)
def show(request):
    """The forms that the user has not finished."""
    after = request.GET.get("after", "")
    rows, last = queries.page(request.user, after)
    if people := {row.person.pk for row in rows if row.person}:
        audit.listed(request, "drafts", people)
    context = {"rows": rows, "first_url": request.path if after else "", "older_url": f"?after={last}" if last else ""}
    return render(request, "casework/drafts.html", context)


@csrf_exempt  # The draft token is what the CSRF token is: signed, made for this user, known to pages of ours only. It outlives a sign-in.
@require_POST
@requires(Permission.USE_HOME)
def keep(request):
    """Called by the script while somebody types. Answers with the time, never with anything that was typed."""
    page = request.asked.sent
    if page is None:
        raise Http404
    try:
        draft = operations.keep(page=page, fields=queries.fields(request.POST), by=request.user)
    except ValidationError as error:
        return JsonResponse({"problem": error.messages[0]}, status=413)
    if draft is None:
        raise Http404
    return JsonResponse({"at": f"{timezone.localtime(draft.saved_at):%H:%M}", "locked": "locked_at" in request.session})


@require_POST
@requires(Permission.USE_HOME)
def discard(request, draft_id):
    draft = queries.followed(request.user, draft_id)
    if draft is None:
        raise Http404
    operations.discard(key=draft.key, by=request.user)
    return redirect(draft.path if "back" in request.POST else "casework:drafts")
