"""Setting up the codes that somebody signs in with beside his password. Under the address of the account pages, and their locks."""

import base64
import time
from functools import wraps

from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from casework.access import Permission, requires
from casework.forms import second_factor as forms
from casework.operations import second_factor as operations

SECRET = "second_factor_secret"
CODES = "account/recovery_codes.html"  # Rendered, never redirected to: the codes rest in no session and no address.


def lately_proved(view):
    """Ask for the password first, unless it was given in the last minutes (casework/middleware.py notes when)."""

    @wraps(view)
    def guarded(request):
        if time.time() - request.session.get("proved_at", 0) > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
            return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': reverse('second_factor')})}")
        return view(request)

    return guarded


@lately_proved
@requires(Permission.KEEP_OWN_ACCOUNT)
def show(request):
    if request.user.second_factor_at:
        return render(request, "account/second_factor.html")
    secret = request.session.setdefault(SECRET, forms.new_secret())
    form = forms.EnrolForm(request.POST or None, user=request.user, secret=secret)
    if form.is_valid():
        try:
            codes = operations.enrol(secret=secret, by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            del request.session[SECRET]
            update_session_auth_hash(request, request.user)
            return render(request, CODES, {"codes": codes, "new": True})
    address = get_adapter().build_totp_url(request.user, secret)
    picture = base64.b64encode(get_adapter().build_totp_svg(address).encode()).decode()
    letters = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    return render(request, "account/enrol.html", {"form": form, "picture": picture, "letters": letters})


@require_POST
@lately_proved
@requires(Permission.KEEP_OWN_ACCOUNT)
def renew(request):
    try:
        codes = operations.renew(by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("second_factor")
    return render(request, CODES, {"codes": codes})


@require_POST
@lately_proved
@requires(Permission.KEEP_OWN_ACCOUNT)
def leave(request):
    try:
        operations.leave(by=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        update_session_auth_hash(request, request.user)
        messages.success(request, "You sign in with your password alone again.")
    return redirect("casework:own_account")
