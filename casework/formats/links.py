"""The key in the address of a link to a handover, and the code for it.

Both are made of the link's nonce and the server's secret, so that neither stands in the database, nor in the queue of mails: there stands
the nonce, from which nobody else can make them. What is kept proves a key or a code that is given.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from django.conf import settings

DIGITS = 8


def token(nonce):
    """The key in the address of the link with this nonce: 256 bits, as 43 letters and digits."""
    return urlsafe_b64encode(_made("token", nonce)).decode().rstrip("=")


def code(nonce):
    """The code for the link with this nonce: eight digits."""
    return f"{int.from_bytes(_made('code', nonce)) % 10**DIGITS:0{DIGITS}d}"


def spoken(digits):
    """A code in two halves, as one reads it out."""
    return f"{digits[:4]} {digits[4:]}"


def kept_of_token(given):
    """What the database keeps of a key, in hexadecimal."""
    return hashlib.sha256(given.encode()).hexdigest()


def kept_of_code(given, digits):
    """What the database keeps of the code that belongs to a key. Nobody finds a code from it without the secret: there are few of them."""
    return _made("proof", f"{given} {digits}").hex()


def kept_of_browser(given, cookie):
    """What the database keeps of a browser that opened the link with a key: of each link something else. Nothing of no cookie."""
    return _made("browser", f"{given} {cookie}").hex() if cookie else ""


def _made(what, of):
    key = hashlib.sha256(b"wingwalk link " + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, f"{what} {of}".encode(), hashlib.sha256).digest()
