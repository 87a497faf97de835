from django.shortcuts import render

from casework.access import Permission, requires
from casework.forms import mails as forms
from casework.models import Mail

PAGE = 50


@requires(Permission.READ_MAILS)
def index(request):
    """The queue of mails, newest first: what became of each. About whom one is, an administrator is not told."""
    form = forms.MailFilter(request.GET)
    mails = Mail.objects.visible_to(request.user).select_related("user", "agency").order_by("-pk")
    if form.is_valid():
        mails = mails.in_state(form.cleaned_data["state"])
        mails = mails.filter(kind=form.cleaned_data["kind"]) if form.cleaned_data["kind"] else mails
    before = request.GET.get("before", "")
    page = list(mails.filter(pk__lt=int(before))[: PAGE + 1] if before.isdecimal() else mails[: PAGE + 1])
    query = request.GET.copy()
    query["before"] = page[PAGE - 1].pk if len(page) > PAGE else ""
    older = f"?{query.urlencode()}" if query["before"] else None
    return render(request, "casework/settings/mails.html", {"form": form, "mails": page[:PAGE], "older_url": older})
