"""Around every request: one transaction under the locks, the trail of refusals, private pages, sessions that lock when idle, reasons."""

import io
import time
import uuid
from contextlib import suppress
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from casework import audit, context
from casework.access import ReasonNeeded
from casework.operations import drafts as operations
from casework.queries import drafts

ACCOUNT_PAGES = "ww_anonymous"
KIOSK, LINK = "/kiosk/", "/link/"  # Nobody signs in there, and the rest of the address is a key.


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

    A page that is refused or fails leaves nothing behind but the entry that says so and, as a draft, what had been typed.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path.startswith("/health/"):
            return self.get_response(request)
        if request.path.startswith((KIOSK, LINK)):
            request.user = AnonymousUser()  # Whoever may be signed in beside it: these pages know nobody.
        user = request.user if request.user.is_authenticated else None
        request.asked = drafts.Asked(request)
        origin = audit.origin.set((str(uuid.uuid4()), get_adapter(request).get_client_ip(request)))
        asked = drafts.asked.set(request.asked)
        try:
            role = ACCOUNT_PAGES if request.path.startswith("/account/") else None
            with context.acting(user, role=role):
                return self._answer(request, user)
        finally:
            audit.origin.reset(origin)
            drafts.asked.reset(asked)

    def _answer(self, request, user):
        with transaction.atomic():
            response = self.get_response(request)
            if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                response.render()
            refused = response.status_code >= 400
            if refused:
                transaction.set_rollback(True)
            if saved := not refused and request.asked.saved:
                self._look_after_draft(request, user, saved=True)
        if not saved:  # Outside: the page may have been rolled back without being refused, to ask for a reason first.
            self._look_after_draft(request, user, saved=False)
        if user and refused and response.status_code in {403, 404}:
            audit.refused(request, status=response.status_code)
        if response.status_code == 429:
            path = next((public for public in (KIOSK, LINK) if request.path.startswith(public)), request.path)
            audit.account("limited", by=user, user=user, path=path)
        return response

    def _look_after_draft(self, request, user, *, saved):
        """What was typed goes with the saving of it, and is kept whatever else came of it."""
        page = request.asked.sent if user and request.path != reverse("casework:keep_draft") else None
        if page and saved:
            operations.discard(key=page.key, by=user)
        elif page:
            with suppress(ValidationError):  # The page itself says that it is too long.
                operations.keep(page=page, fields=drafts.fields(request.POST), by=user)


class IdleLock:
    """Ask for the password again after some minutes without a click, and after some hours with clicks too.

    What was being sent becomes a draft, and its form opens with it afterwards. A page that only asks how far some work has got
    (``…/progress/``) is not a click. Keeping a draft is none either, and goes on under the lock: it shows nothing to anybody.
    """

    OPEN = ("/account/", "/health/", "/static/", KIOSK, LINK)

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.path.startswith(self.OPEN) or not request.user.is_authenticated:
            return None
        if request.path == reverse("casework:keep_draft"):
            return None
        session, now = request.session, time.time()
        idle = now - session.setdefault("seen_at", now)
        age = now - session.setdefault("proved_at", now)
        if "locked_at" in session or idle > settings.SESSION_IDLE_SECONDS or age > settings.SESSION_COOKIE_AGE:
            return self._lock(request, now)
        if idle > 5 and not request.path.endswith("/progress/"):
            session["seen_at"] = now
        return None

    def _lock(self, request, now):
        request.session.setdefault("locked_at", now)
        words = "Your session was locked, so nothing was done. Unlock it, then press the button again."
        return _ask_first(request, reverse("account_reauthenticate"), words)


class Reasons:
    """Ask why, before a record outside somebody's own work is opened. What was being sent to it becomes a draft, as under the lock."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, ReasonNeeded):
            return None
        transaction.set_rollback(True)  # The page was not opened: nothing that it began to write stays.
        words = "This record is outside your own work, so nothing was done. Say why you open it, then press the button again."
        return _ask_first(request, reverse("casework:reason", args=[exception.person.pk]), words)


def _ask_first(request, page, words):
    """Lead to ``page``, which asks something before it leads on to the present address; ``words``: why a mere button did nothing."""
    after = request.get_full_path()
    if request.method == "POST":
        after = _back(request, words)
    elif "HX-Request" in request.headers:  # A part of a page: let the whole page ask.
        return HttpResponse(headers={"HX-Refresh": "true"})
    address = f"{page}?{urlencode({'next': after})}"
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def _back(request, words):
    """Where to go on afterwards: to the form, filled again, or to the page that a mere button stood on."""
    if sent := request.asked.sent:
        return sent.use_url
    messages.info(request, words)
    before = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(before, allowed_hosts={request.get_host()}):
        return "/"
    return urlsplit(before)._replace(scheme="", netloc="").geturl()


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


class SecondFactor:
    """A partner comes from outside the prison: he sets up codes for signing in before anything else."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.path.startswith(IdleLock.OPEN) or not getattr(request.user, "needs_second_factor", False):
            return None
        return redirect("second_factor")


class InMemory(FileUploadHandler):
    """What is uploaded never lies about as a temporary file.

    Of a file that is too large for any page only the size is kept, for the page to say so.
    """

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.received, self.chunks = 0, []

    def receive_data_chunk(self, raw_data, start):
        self.received += len(raw_data)
        if self.received > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            self.chunks.clear()
        else:
            self.chunks.append(raw_data)

    def file_complete(self, file_size):
        content = io.BytesIO(b"".join(self.chunks))
        return InMemoryUploadedFile(
            content, self.field_name, self.file_name, self.content_type, file_size, self.charset
        )
