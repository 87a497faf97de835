from django.shortcuts import render

from casework.access import Permission, requires


@requires(Permission.USE_HOME)
def show(request):
    """Today: what the signed-in person's role begins with."""
    return render(request, "reporting/home.html")
