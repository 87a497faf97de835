from urllib.parse import parse_qsl

from django.shortcuts import redirect, render

from casework.access import Permission, requires


@requires(Permission.USE_HOME)
def show(request):
    """What was being sent when the session locked, ready to be sent now."""
    held = request.session.pop("held", None)
    if not held:
        return redirect("home")
    fields = [pair for pair in parse_qsl(held["data"], keep_blank_values=True) if pair[0] != "csrfmiddlewaretoken"]
    return render(request, "casework/held.html", {"path": held["path"], "fields": fields})
