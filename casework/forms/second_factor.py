import base64
import secrets

from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError

from casework import audit
from casework.forms.base import Form

REMEMBERED = 120  # seconds, longer than any code counts


def new_secret():
    """A secret of 160 bits, as RFC 4226 wants it, in the letters that apps take."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def _code(label, help_text):
    widget = forms.TextInput(
        attrs={
            "class": "govuk-input--width-10",
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "spellcheck": "false",
        }
    )
    return forms.CharField(label=label, help_text=help_text, max_length=20, widget=widget)


class CodeForm(AuthenticateForm):
    """The second step of signing in."""

    code = _code(
        "What is your code?",
        "Six digits from the app on your telephone. Without it, one of your recovery codes.",
    )

    def clean_code(self):
        """As the package does it; a code that was taken once is not taken again, though clocks may differ by a step."""
        try:
            code = super().clean_code()
        except ValidationError as error:
            if error.code == "too_many_login_attempts":
                audit.account("limited", user=self.user)
            raise
        if not cache.add(f"second-factor-{self.user.pk}-{code.replace(' ', '')}", 1, REMEMBERED):
            raise ValidationError("This code was used already. Wait for the next one.")
        return code


class EnrolForm(Form):
    """The first code of an app that was taught ``secret``."""

    save_text = "Set up codes"
    drafted = False
    code = _code("Which code does the app show now?", "Six digits.")

    def __init__(self, *args, user, secret, **kwargs):
        self.user, self.secret = user, secret
        super().__init__(*args, **kwargs)

    def clean_code(self):
        clear = check_rate_limit(self.user)
        app = Authenticator(user=self.user, type=Authenticator.Type.TOTP, data={"secret": encrypt(self.secret)})
        if not app.wrap().validate_code(self.cleaned_data["code"]):
            raise ValidationError("This is not the code that the app should show. Type the one it shows now.")
        clear()
        return self.cleaned_data["code"]
