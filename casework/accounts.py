"""How allauth signs people in here: by user name, nobody registers, and every attempt is in the trail."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings

from casework import audit


class Adapter(DefaultAccountAdapter):
    """The policy of accounts."""

    def is_open_for_signup(self, request):
        return False

    def _get_login_attempts_cache_key(self, request, **credentials):
        """By address and user name together: a name alone would let anybody lock a colleague out, an address alone a whole prison."""
        _, address = audit.origin.get()
        return f"{address}:{credentials.get('username', '').lower()}"

    def authenticate(self, request, **credentials):
        if settings.PRODUCTION and credentials.get("password") == settings.DEMO_PASSWORD:
            self.authentication_failed(request, **credentials)
            return None
        return super().authenticate(request, **credentials)

    def authentication_failed(self, request, **credentials):
        super().authentication_failed(request, **credentials)
        audit.account("refused", username=credentials.get("username", "")[:60])
