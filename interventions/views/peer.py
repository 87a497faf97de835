"""Peer supporters: the list, one of them, and each step. They have no account and see no record; nothing here gives them one."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from casework import audit
from casework.access import Permission, requires
from casework.models import User, Wing
from casework.queries import alerts, people
from interventions.forms import peer as forms
from interventions.models import PeerSupporter
from interventions.operations import peer as operations
from interventions.queries import peer as queries

PAGE = 50


@requires(Permission.KEEP_PEERS)
def index(request):
    page = queries.page(request.user)
    audit.listed(request, "peers", page.people)
    context = {"page": page, "marks": alerts.marks(request.user, page.people)}
    return render(request, "interventions/peers.html", context)


@requires(Permission.KEEP_PEERS)
def stopped(request):
    """Those who stopped, page by page."""
    key = request.GET.get("after", "")
    after = int(key) if key.isdecimal() and len(key) < 19 else None
    rows = queries.ended(request.user, after=after, size=PAGE)
    more, rows = len(rows) > PAGE, rows[:PAGE]
    audit.listed(request, "peers-stopped", {row.person_id for row in rows})
    context = {"rows": rows, "older_url": f"?after={rows[-1].pk}" if more else ""}
    return render(request, "interventions/peers_stopped.html", context)


@requires(Permission.KEEP_PEERS)
def show(request, peer_id):
    peer, header, _ = _opened(request, peer_id)
    context = {"header": header, "peer": peer, **queries.described(peer)}
    return render(request, "interventions/peer.html", context)


@requires(Permission.KEEP_PEERS)
def put_forward(request, person_id):
    header = people.open_record(request, person_id, what="peer")
    back = reverse("interventions:unit_history", args=[person_id])
    workers = User.objects.visible_to(request.user).caseworkers()
    form = forms.PutForward(request.POST or None, workers=workers, user=request.user, cancel_url=back)
    if form.is_valid():
        try:
            peer = operations.put_forward(person=header.person, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{header.person.name} was put forward as a peer supporter")
            return redirect("interventions:peer", peer.pk)
    context = {"header": header, "form": form, "title": "Put forward as a peer supporter"}
    return render(request, "interventions/peer_form.html", context)


@requires(Permission.KEEP_PEERS)
def clear(request, peer_id):
    peer, header, back = _opened(request, peer_id)
    form = forms.Clear(request.POST or None, cancel_url=back)
    given = {"title": "Cleared by security", "said": "The clearance was recorded"}
    return _asked(request, header, peer, form, operations.clear, **given)


@requires(Permission.KEEP_PEERS)
def train(request, peer_id):
    peer, header, back = _opened(request, peer_id)
    form = forms.Train(request.POST or None, cancel_url=back)
    given = {"title": "Trained by the team", "said": "The training was recorded"}
    return _asked(request, header, peer, form, operations.train, **given)


@requires(Permission.KEEP_PEERS)
def begin(request, peer_id):
    peer, header, back = _opened(request, peer_id)
    wings = Wing.objects.visible_to(request.user).current()
    form = forms.Begin(request.POST or None, wings=wings, cancel_url=back)
    given = {"title": "Begin as a peer supporter", "said": f"{header.person.name} is a peer supporter from now on"}
    return _asked(request, header, peer, form, operations.begin, **given)


@requires(Permission.KEEP_PEERS)
def change(request, peer_id):
    peer, header, back = _opened(request, peer_id)
    given = {
        "wings": Wing.objects.visible_to(request.user).current(),
        "workers": User.objects.visible_to(request.user).caseworkers(),
    }
    form = forms.Change(request.POST or None, row=peer, user=request.user, cancel_url=back, **given)
    return _asked(request, header, peer, form, operations.change, title="Change wings and supervision", said="Changed")


@requires(Permission.KEEP_PEERS)
def suspend(request, peer_id):
    peer, header, back = _opened(request, peer_id)
    form = forms.Suspend(request.POST or None, cancel_url=back)
    given = {"title": "Suspend as a peer supporter", "said": f"{header.person.name} is suspended"}
    return _asked(request, header, peer, form, operations.suspend, **given)


@requires(Permission.KEEP_PEERS)
def come_back(request, peer_id):
    peer, header, back = _opened(request, peer_id)
    form = forms.ComeBack(request.POST or None, cancel_url=back)
    given = {"title": "Come back as a peer supporter", "said": f"{header.person.name} is at work again"}
    return _asked(request, header, peer, form, operations.come_back, **given)


@requires(Permission.KEEP_PEERS)
def stop(request, peer_id):
    peer, header, back = _opened(request, peer_id)
    form = forms.Stop(request.POST or None, cancel_url=back)
    given = {"title": "Stop as a peer supporter", "said": f"{header.person.name} stopped"}
    return _asked(request, header, peer, form, operations.stop, **given)


@requires(Permission.KEEP_PEERS)
def supervise(request, peer_id):
    peer, header, back = _opened(request, peer_id)
    form = forms.Supervise(request.POST or None, cancel_url=back)
    given = {"title": "Record a supervision", "said": "The supervision was recorded"}
    return _asked(request, header, peer, form, operations.supervise, **given)


def _opened(request, peer_id):
    """A peer supporter whom the user may see, the header of his page and where that is; the opening is in the trail."""
    peers = PeerSupporter.objects.visible_to(request.user).select_related("supervised_by", "made_by")
    peer = get_object_or_404(peers, pk=peer_id)
    header = people.open_record(request, peer.person_id, what="peer")
    return peer, header, reverse("interventions:peer", args=[peer_id])


def _asked(request, header, peer, form, act, *, title, said):
    """A question about a peer supporter: shown, refused beside the field, or done by the operation ``act``."""
    if form.is_valid():
        try:
            act(peer=peer, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, said)
            return redirect("interventions:peer", peer.pk)
    return render(
        request, "interventions/peer_form.html", {"header": header, "peer": peer, "form": form, "title": title}
    )
