from django.urls import path

from interventions.views import appointment, session

app_name = "interventions"
urlpatterns = [
    path("people/<int:person_id>/sessions/", session.list, name="list"),
    path("people/<int:person_id>/sessions/log/", session.log, name="log"),
    path("people/<int:person_id>/sessions/plan/", appointment.plan, name="plan"),
    path("appointments/<int:appointment_id>/call-off/", appointment.call_off, name="call_off"),
    path("sessions/<int:session_id>/", session.show, name="show"),
]
