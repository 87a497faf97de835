from django.contrib import messages
from django.shortcuts import redirect, render

from casework.access import Permission, requires
from casework.forms import own_account as forms
from casework.models import Notice
from casework.operations import mail


@requires(Permission.KEEP_OWN_ACCOUNT)
def show(request):
    """Who is signed in, his password, his codes, and which mails he wants."""
    if not Notice.offered_to(request.user.role):
        return render(request, "casework/own_account.html", {"account": request.user})
    off = set(request.user.notices_off.filter(until_at=None).values_list("kind", flat=True))
    form = forms.WantedForm(request.POST or None, user=request.user, off=off)
    if form.is_valid():
        mail.turn(kinds=form.unwanted, by=request.user)
        messages.success(request, "Your choice of mails was saved")
        return redirect("casework:own_account")
    return render(request, "casework/own_account.html", {"account": request.user, "form": form})
