from django.shortcuts import render
from django.utils.http import urlencode

from casework.access import Permission, requires
from casework.queries import people
from casework.queries import viewers as queries


@requires(Permission.READ_OPENINGS)
def show(request, person_id):
    """Who viewed this record. Looking here is a view as well."""
    header = people.open_record(request, person_id, what="person.viewers")
    page = queries.page(header.person, request.user, after=request.GET.get("after", ""))
    context = {
        "header": header,
        "page": page,
        "first_url": request.path if "after" in request.GET else "",
        "older_url": f"?{urlencode({'after': page.rows[-1].key})}" if page.more else "",
    }
    return render(request, "casework/viewers.html", context)
