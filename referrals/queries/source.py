"""The catalogues of the front door: sources, wants, signs. They hold nothing about anybody."""

from referrals.models import Sign


def entries(model):
    """Every entry of a catalogue, in its order."""
    return model.objects.select_related("source") if model is Sign else model.objects.all()


def current(model):
    """The entries that may be chosen today."""
    return entries(model).current()


def ended(model):
    """The entries that were ended, the latest first."""
    return entries(model).ended()
