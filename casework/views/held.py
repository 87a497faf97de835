from urllib.parse import parse_qsl

from django.shortcuts import redirect, render

from casework.access import Permission, requires


@requires(Permission.USE_HOME)
def show(request):
    """What was being sent when the session locked, ready to be sent now. It stays until it is sent or somebody signs out."""
    held = request.session.get("held")
    if not held:
        return redirect("home")
    forms = [{"path": each["path"], "fields": _fields(each["data"])} for each in reversed(held)]
    return render(request, "casework/held.html", {"forms": forms})


def _fields(data):
    return [(name, value) for name, value in parse_qsl(data, keep_blank_values=True) if name != "csrfmiddlewaretoken"]
