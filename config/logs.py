"""Lines of logs, without the key that stands in a kiosk's address."""

import logging
import re

KEY = re.compile(r"(/kiosk/)[^/?#\s\"']+")


def hidden(text):
    """``text`` with a kiosk's key left out: whoever reads a log shall not be able to hand in slips."""
    return KEY.sub(r"\1…", text)


class Formatter(logging.Formatter):
    """Django names the address of each page that is refused, limited or fails."""

    def format(self, record):
        return hidden(super().format(record))
