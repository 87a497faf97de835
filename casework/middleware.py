"""Around every request: one transaction under the locks, the trail of refusals, private pages, sessions that lock when idle, reasons."""

import time
import uuid

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from casework import audit, context
from casework.access import ReasonNeeded

ACCOUNT_PAGES = "ww_anonymous"
MOST_HELD = 5


class PrivatePages:
    """Nothing that somebody saw stays in a browser's cache: terminals are shared."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        if request.method == "POST" and request.path == reverse("account_logout"):
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


class Locks:
    """Run each view, and render its page, in one transaction with the context of the user.

    A page that is refused or fails leaves nothing behind but the entry that says so.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path.startswith("/health/"):
            return self.get_response(request)
        user = request.user if request.user.is_authenticated else None
        token = audit.origin.set((str(uuid.uuid4()), get_adapter(request).get_client_ip(request)))
        try:
            role = ACCOUNT_PAGES if request.path.startswith("/account/") else None
            with context.acting(user, role=role):
                return self._answer(request, user)
        finally:
            audit.origin.reset(token)

    def _answer(self, request, user):
        with transaction.atomic():
            response = self.get_response(request)
            if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                response.render()
            if refused := response.status_code >= 400:
                transaction.set_rollback(True)
        if user and refused and response.status_code in {403, 404}:
            audit.refused(request, status=response.status_code)
        if response.status_code == 429:
            audit.account("limited", by=user, user=user, path=request.path)
        return response


class IdleLock:
    """Ask for the password again after some minutes without a click, and after some hours with clicks too.

    What was being sent is held and offered afterwards. A page that only asks how far some work has got (``…/progress/``) is not a
    click. Asked once it is known that the sending came from a page of ours, so that nobody else's form can be held and offered.
    """

    OPEN = ("/account/", "/health/", "/static/")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.path.startswith(self.OPEN) or not request.user.is_authenticated:
            return None
        session, now = request.session, time.time()
        idle = now - session.setdefault("seen_at", now)
        age = now - session.setdefault("proved_at", now)
        if "locked_at" in session or idle > settings.SESSION_IDLE_SECONDS or age > settings.SESSION_COOKIE_AGE:
            return self._lock(request, now)
        if idle > 5 and not request.path.endswith("/progress/"):
            session["seen_at"] = now
        if request.method == "POST" and "held" in session:
            session["held"] = [held for held in session["held"] if held["path"] != request.get_full_path()]
        return None

    def _lock(self, request, now):
        request.session.setdefault("locked_at", now)
        return _ask_first(request, reverse("account_reauthenticate"))


class Reasons:
    """Ask why, before a record outside somebody's own work is opened. What was being sent to it is held and offered afterwards."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, ReasonNeeded):
            return None
        transaction.set_rollback(True)  # The page was not opened: nothing that it began to write stays.
        return _ask_first(request, reverse("casework:reason", args=[exception.person.pk]))


def _ask_first(request, page):
    """Lead to ``page``, which asks something before it leads on to the present address; what was being sent is held meanwhile."""
    after = request.get_full_path()
    if request.method == "POST":
        _hold(request.session, {"path": after, "data": request.POST.urlencode()})
        after = reverse("casework:held")
    elif "HX-Request" in request.headers:  # A part of a page: let the whole page ask.
        return HttpResponse(headers={"HX-Refresh": "true"})
    address = f"{page}?{urlencode({'next': after})}"
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def _hold(session, sent):
    others = [held for held in session.get("held", []) if held != sent]
    session["held"] = [*others, sent][-MOST_HELD:]


class OwnPassword:
    """Whoever came in with a temporary password chooses one of his own before anything else."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.path.startswith(IdleLock.OPEN) or not getattr(request.user, "must_change_password", False):
            return None
        return redirect("account_change_password")
