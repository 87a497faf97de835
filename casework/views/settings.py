from django.shortcuts import render

from casework.access import Permission, requires


@requires(Permission.KEEP_PRISONS)
def index(request):
    """What an administrator keeps, each with a page of its own."""
    return render(request, "casework/settings/index.html")
