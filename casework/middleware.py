"""Around every request: one transaction under the locks, the trail of refusals, private pages, sessions that lock when idle."""

import time
import uuid

from django.conf import settings
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from casework import audit, context

ACCOUNT_PAGES = "ww_anonymous"


class PrivatePages:
    """Nothing that somebody saw stays in a browser's cache: terminals are shared."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
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
        token = audit.origin.set((str(uuid.uuid4()), request.META.get("REMOTE_ADDR", "")))
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
        return response


class IdleLock:
    """Ask for the password again after some minutes without a click; what was being sent is held and offered afterwards.

    A page that only asks how far some work has got (``…/progress/``) is not a click.
    """

    OPEN = ("/account/", "/health/", "/static/")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path.startswith(self.OPEN) or not request.user.is_authenticated:
            return self.get_response(request)
        session, now = request.session, time.time()
        if self._unlocked(session):
            session["seen_at"] = now
        idle = now - session.setdefault("seen_at", now)
        if "locked_at" in session or idle > settings.SESSION_IDLE_SECONDS:
            return self._lock(request, now)
        if idle > 5 and not request.path.endswith("/progress/"):
            session["seen_at"] = now
        return self.get_response(request)

    def _unlocked(self, session):
        """Whether the password was given since the session locked; if so the lock is taken off."""
        proofs = session.get("account_authentication_methods") or [{"at": 0}]
        if "locked_at" in session and proofs[-1]["at"] >= session["locked_at"]:
            del session["locked_at"]
            return True
        return False

    def _lock(self, request, now):
        request.session.setdefault("locked_at", now)
        after = request.get_full_path()
        if request.method == "POST":
            request.session["held"] = {"path": after, "data": request.POST.urlencode()}
            after = reverse("casework:held")
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': after})}")
