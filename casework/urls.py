from django.urls import path

from casework.views import held

app_name = "casework"
urlpatterns = [
    path("held/", held.show, name="held"),
]
