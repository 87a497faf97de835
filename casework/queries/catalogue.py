"""The short lists that an administrator keeps. They hold nothing about anybody."""


def current(model):
    """The entries that may be chosen today."""
    return model.objects.current()


def ended(model):
    """The entries that were ended, the latest first."""
    return model.objects.ended()
