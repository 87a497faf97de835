from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse

from casework.access import Permission, requires
from casework.forms import wordings as forms
from casework.models import ConsentWording
from casework.operations import wording as operations
from casework.queries import consents as queries


@requires(Permission.KEEP_WORDINGS)
def index(request):
    """Every version, by what is asked about; the newest of each is in force."""
    return render(request, "casework/settings/wordings.html", {"kinds": queries.versions()})


@requires(Permission.KEEP_WORDINGS)
def write(request, purpose):
    if purpose not in ConsentWording.Kind.values:
        raise Http404("people are not asked about this")
    current = queries.wording(purpose)
    form = forms.WriteWording(request.POST or None, current=current, cancel_url=reverse("casework:wordings"))
    if form.is_valid() and "preview" not in request.POST:
        try:
            wording = operations.write(kind=purpose, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error, seen=current.version)
        else:
            messages.success(request, f"Wording {wording} is in force: people are asked in these words from now on")
            return redirect("casework:wordings")
    preview = form.is_valid() and ConsentWording(
        kind=purpose, told=form.cleaned_data["told"], for_staff=form.cleaned_data["for_staff"]
    )
    return render(
        request, "casework/settings/write_wording.html", {"form": form, "current": current, "preview": preview}
    )


@requires(Permission.USE_HOME)
def show(request, version):
    """The words of one version, to be read, or printed and handed over."""
    return render(request, "casework/consent_wording.html", {"wording": queries.version(version)})
