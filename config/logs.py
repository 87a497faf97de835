"""Lines of logs, without the key that stands in the address of a kiosk or of a link to a handover."""

import logging
import re

KEY = re.compile(r"(/(?:kiosk|link)/)[^/?#\s\"']+")


def hidden(text):
    """``text`` with such a key left out: whoever reads a log shall not be able to hand in slips, or to open a link."""
    return KEY.sub(r"\1…", text)


class Formatter(logging.Formatter):
    """Django names the address of each page that is refused, limited or fails."""

    def format(self, record):
        return hidden(super().format(record))
