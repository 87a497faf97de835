from django.urls import path

from interventions.views import appointment, round, session

app_name = "interventions"
urlpatterns = [
    path("people/<int:person_id>/sessions/", session.list, name="list"),
    path("people/<int:person_id>/sessions/log/", session.log, name="log"),
    path("people/<int:person_id>/sessions/plan/", appointment.plan, name="plan"),
    path("appointments/<int:appointment_id>/call-off/", appointment.call_off, name="call_off"),
    path("sessions/<int:session_id>/", session.show, name="show"),
    path("rounds/", round.index, name="rounds"),
    path("rounds/log/", round.log, name="log_round"),
    path("rounds/name/", round.name, name="round_name"),
    path("rounds/sheet/", round.sheet, name="round_sheet"),
    path("rounds/<int:round_id>/", round.show, name="round"),
]
