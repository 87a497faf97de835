"""Links without an account, as the prison's team sends and watches them."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from casework.access import Permission, requires
from casework.formats import links as formats
from casework.queries import people
from partners.forms import links as forms
from partners.models import HandoverLink
from partners.operations import links as operations
from partners.queries import links as queries
from partners.views import base


@requires(Permission.MAKE_HANDOVER)
def links(request, handover_id):
    row = base.handover(request, handover_id)
    header = people.open_record(request, row.person_id, what="handover.links")
    found = queries.of_handover(row, request.user)
    context = {"header": header, "handover": row, "links": found, "may_send": row.state in queries.ANSWERABLE}
    return render(request, "partners/links.html", context)


@requires(Permission.MAKE_HANDOVER)
def send_link(request, handover_id):
    row = base.handover(request, handover_id)
    header = people.open_record(request, row.person_id, what="handover.links")
    cancel_url = reverse("partners:links", args=[row.pk])
    form = forms.Send(request.POST or None, agency=row.agency, cancel_url=cancel_url)
    context = {"header": header, "handover": row, "form": form}
    if form.is_valid():
        try:
            link, code = operations.make(handover=row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            # Shown at once and kept nowhere, so not after a redirect: it would have to rest in a session.
            context |= {"link": link, "code": "" if form.cleaned_data["way"].email else formats.spoken(code)}
            return render(request, "partners/link_sent.html", context)
    return render(request, "partners/send_link.html", context)


@requires(Permission.MAKE_HANDOVER)
@require_POST
def revoke_link(request, handover_id, handover_link_id):
    row = base.handover(request, handover_id)
    link = get_object_or_404(HandoverLink.objects.visible_to(request.user), pk=handover_link_id, handover=row)
    operations.revoke(link=link, by=request.user)
    messages.success(request, "Revoked: nothing can be read by this link any more")
    return redirect("partners:links", row.pk)
