"""Codes as an app on a telephone makes them, from RFC 6238 and nothing of ours."""

import base64
import hashlib
import hmac
import struct
import time


def code(secret, steps=0, at=None):
    """The six digits of ``secret`` now (or ``at``, in seconds), so many ``steps`` of half a minute later."""
    counter = int(at if at is not None else time.time()) // 30 + steps
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", counter), hashlib.sha1).digest()
    place = digest[-1] & 15
    number = struct.unpack(">I", digest[place : place + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06}"
