from django.urls import path

from interventions import views

app_name = "interventions"
urlpatterns = [
    path("people/<int:person_id>/sessions/", views.list, name="list"),
    path("people/<int:person_id>/sessions/log/", views.log, name="log"),
    path("people/<int:person_id>/sessions/plan/", views.plan, name="plan"),
    path("appointments/<int:appointment_id>/call-off/", views.call_off, name="call_off"),
    path("sessions/<int:session_id>/", views.show, name="show"),
]
