import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error
from psycopg_pool import PoolTimeout


def failed(request):
    """The page for an error that nobody foresaw; 503 where the database is away, so that people know to try again."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError | PoolTimeout):
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "30"})
    return server_error(request)
