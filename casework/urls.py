from django.urls import path

from casework.views import held, trail

app_name = "casework"
urlpatterns = [
    path("held/", held.show, name="held"),
    path("audit/", trail.show, name="trail"),
]
