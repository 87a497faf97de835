"""The address book as staff look things up in it."""

from django.shortcuts import get_object_or_404, render

from casework.access import Permission, requires
from casework.forms.agency import BookFilter
from casework.models import Agency
from casework.queries import agencies


@requires(Permission.READ_AGENCIES)
def index(request):
    form = BookFilter(request.GET)
    found = agencies.book(request.user, **form.cleaned_data) if form.is_valid() else agencies.book(request.user)
    return render(request, "casework/address_book.html", {"form": form, "agencies": list(found)})


@requires(Permission.READ_AGENCIES)
def show(request, agency_id):
    found = Agency.objects.visible_to(request.user).current().with_current_areas()
    agency = get_object_or_404(found, pk=agency_id)
    return render(request, "casework/address.html", {"agency": agency, "people": agency.people.current()})
