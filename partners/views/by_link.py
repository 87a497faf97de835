"""A handover as somebody without an account reads and answers it, by a link. Whatever is wrong, each page says the same."""

import secrets
import time
from functools import wraps

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from casework import audit, context
from partners.formats import pack as formats
from partners.forms import links as forms
from partners.models import Handover, LinkView, Pack
from partners.operations import handovers
from partners.operations import links as operations
from partners.queries import links as queries
from partners.views import steps

COOKIE = "__Host-link" if settings.SECURE else "wingwalk_link"
COOKIE_AGE = 14 * 24 * 3600  # longer than any link works
STEPS = ["query", "refuse", "offer"]
DONE = {"acknowledge": "Acknowledged"} | {name: steps.STEPS[name].done for name in STEPS}
TOO_MANY = "Too many codes were tried from here in a short time. Wait a few minutes, then try again."
What = LinkView.What


@login_not_required
def link(request, token):
    """Asks for the code, whatever the link. To look at it changes nothing: mailboxes open links by themselves."""
    browser = request.COOKIES.get(COOKIE, "")
    form = forms.Code(request.POST or None)
    status = 200
    if request.method == "POST":
        began = time.monotonic()
        if not ratelimit.consume(request, action="link", key=token):
            form.is_valid()
            form.add_error(None, TOO_MANY)
            status = 429
        elif form.is_valid():
            if operations.open_by_code(token=token, browser=browser, by=None, **form.cleaned_data):
                return _private(redirect("partners:link_handover", token))
            time.sleep(max(0, settings.LINK_ANSWER_SECONDS - (time.monotonic() - began)))
            return _not_available(request)
    elif browser and operations.enter(token=token, browser=browser, by=None)[1]:
        return _private(redirect("partners:link_handover", token))
    return _known(browser, _private(_page(request, "code", status=status, form=form)))


def by_link(view):
    """Let in the browser that gave the code, as the visitor of its link; lead anybody else to the page that asks for it."""

    @login_not_required
    @wraps(view)
    def entered(request, token, **kwargs):
        visitor, live = operations.enter(token=token, browser=request.COOKIES.get(COOKIE, ""), by=None)
        if visitor is None:
            return _private(redirect("partners:link", token))
        if not live:
            return _not_available(request)
        with context.acting(visitor):
            request.user = visitor
            row = Handover.objects.visible_to(visitor).select_related("agency", "prison").first()
            if row is None:  # Consent or protocol ended meanwhile, or it was recalled.
                operations.note(what=What.LATE, by=visitor)
                return _not_available(request)
            return _private(view(request, token, row, **kwargs))

    return entered


@by_link
def handover(request, token, row):
    _note_reading(request, row)
    pack = Pack.objects.visible_to(request.user).filter(handover=row).defer("pdf").first()
    open_steps = dict(steps.open_to(row, Handover.Side.AGENCY))
    shown = {
        "token": token,
        "handover": row,
        "pack": pack,
        "content": formats.readable(pack.content) if pack else None,
        "moves": queries.moves(row),
        "may_answer": queries.may_answer(row),
        "appointments": row.appointments.all(),
        "steps": [(name, open_steps[name]) for name in STEPS if name in open_steps],
        "may_acknowledge": Handover.State.ACKNOWLEDGED in Handover.MOVES[row.state],
        "done": DONE.get(request.GET.get("done")),
    }
    return _page(request, "handover", **shown)


@by_link
def pack(request, token, row):
    built = get_object_or_404(Pack.objects.visible_to(request.user).select_related("handover"), handover=row)
    operations.note(what=What.PACK, by=request.user)
    audit.opened(request, built, what="pack", number=built.number)
    name = f"handover-{row.reference}.pdf"  # Never a name: it stays behind in a folder of downloads.
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(bytes(built.pdf), content_type="application/pdf", headers=headers)


@require_POST
@by_link
def acknowledge(request, token, row):
    try:
        handovers.acknowledge(handover=row, by=request.user)
    except ValidationError:  # Moved on meanwhile: the page shows how.
        return redirect("partners:link_handover", token)
    return _answered(request, token, "acknowledge")


@by_link
def step(request, token, row, name):
    if name not in STEPS:
        raise Http404
    if name not in dict(steps.open_to(row, Handover.Side.AGENCY)) and not request.POST:
        return redirect("partners:link_handover", token)
    taken = steps.STEPS[name]
    form = taken.form(request.POST or None, cancel_url=reverse("partners:link_handover", args=[token]))
    if form.is_valid():
        try:
            taken.operation(handover=row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _answered(request, token, name)
    _note_reading(request, row)
    return _page(request, "step", token=token, handover=row, form=form, title=taken.title)


def _page(request, name, *, status=200, **shown):
    shown["support"] = "Need help? Telephone the prison’s team."
    return render(request, f"partners/by_link/{name}.html", shown, status=status)


def _note_reading(request, row):
    operations.note(what=What.HANDOVER, by=request.user)
    audit.opened(request, row, what="handover")


def _answered(request, token, name):
    operations.note(what=What.ANSWER, by=request.user)
    return redirect(f"{reverse('partners:link_handover', args=[token])}?done={name}")


def _not_available(request):
    """One answer for a wrong code, a link that ran out or was revoked, another browser, nothing shared any more, no such link."""
    return _private(_page(request, "not_available"))


def _known(browser, response):
    """Give a browser something to be known by before it gives a code: a code sent twice, or an answer that was lost, harms nothing."""
    if not browser:
        response.set_cookie(
            COOKIE,
            secrets.token_urlsafe(32),
            max_age=COOKIE_AGE,
            secure=settings.SECURE,
            httponly=True,
            samesite="Lax",  # Mail in a browser: a strict cookie would not come along from there.
        )
    return response


def _private(response):
    """Nothing of the address goes anywhere: no search engine, no page that is opened from here, no log of our own either."""
    response.headers["Referrer-Policy"] = "strict-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
