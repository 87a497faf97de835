"""How allauth signs people in here: by user name, nobody registers, and every attempt is in the trail."""

import base64
import hashlib
import secrets

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import ValidationError
from django.shortcuts import resolve_url

from casework import audit
from casework.models import User
from casework.operations import staff


class Adapter(DefaultAccountAdapter):
    """The policy of accounts."""

    def is_open_for_signup(self, request):
        return False

    def is_ajax(self, request):
        """Never: its answer to a wrong password is a failed page, and failed pages leave no trace of what they did."""
        return False

    def _get_login_attempts_cache_key(self, request, **credentials):
        """By address and user name together: a name alone would let anybody lock a colleague out, an address alone a whole prison."""
        _, address = audit.origin.get()
        return f"{address}:{credentials.get('username', '').lower()}"

    def authenticate(self, request, **credentials):
        """Production lets nobody in with the password that the README prints, should a demo's data ever come to be there."""
        if settings.PRODUCTION and credentials.get("password") == settings.DEMO_PASSWORD:
            self.pre_authenticate(request, **credentials)
            self.authentication_failed(request, **credentials)
            return None
        return super().authenticate(request, **credentials)

    def pre_authenticate(self, request, **credentials):
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            self._record(request, "limited", credentials)
            raise

    def authentication_failed(self, request, **credentials):
        self._record(request, "refused", credentials)

    def _record(self, request, action, credentials):
        """Against the account that was tried. What was typed is not kept: a password lands in the wrong field now and then."""
        tried = User.objects.filter(username__iexact=credentials.get("username", "")).first()
        audit.account(action, by=request.user if request.user.is_authenticated else None, user=tried)

    def clean_password(self, password, user=None):
        if user and user.check_password(password):
            raise ValidationError("Choose a password that differs from the one you have.")
        return super().clean_password(password, user)

    def set_password(self, user, password):
        staff.choose_password(password=password, by=user)

    def get_password_change_redirect_url(self, request):
        return resolve_url("home")

    def get_reauthentication_methods(self, user):
        """A lock asks for the password: whoever finds the terminal may have found the telephone beside it."""
        return [{"id": "reauthenticate", "description": "", "url": resolve_url("account_reauthenticate")}]


class SecondFactor(DefaultMFAAdapter):
    """The policy of codes: what the database keeps of them is good for nothing without our audit key, which never changes."""

    def is_mfa_enabled(self, user, types=None):
        """As the account says, whatever became of the secret: then no code is right, and somebody resets it."""
        return bool(getattr(user, "second_factor_at", None))

    def get_totp_label(self, user):
        return user.username

    def encrypt(self, text):
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        """What was encrypted under another key is a new secret that nobody knows."""
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(secrets.token_bytes(20)).decode()


def _cipher():
    key = hashlib.sha256(b"wingwalk second factor " + settings.AUDIT_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
