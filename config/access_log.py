"""The web server's log of requests, without the key that stands in the address of a kiosk or of a link to a handover."""

from gunicorn.glogging import Logger as Standard

from config.logs import hidden


class Logger(Standard):
    """Gunicorn's own, for its ``--logger-class``."""

    def atoms(self, *args, **kwargs):
        """What a line is made of; the key may stand in the request, in its path and in the page that it came from."""
        found = super().atoms(*args, **kwargs)
        return {name: hidden(value) if isinstance(value, str) else value for name, value in found.items()}
