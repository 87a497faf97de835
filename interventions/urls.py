from django.urls import path

from interventions.views import appointment, catalogue, commitment, diary, session

app_name = "interventions"
urlpatterns = [
    path("sessions/", diary.show, name="diary"),
    path("sessions/log/", diary.begin, name="begin"),
    path("people/<int:person_id>/sessions/", session.list, name="list"),
    path("people/<int:person_id>/sessions/log/", session.log, name="log"),
    path("people/<int:person_id>/sessions/plan/", appointment.plan, name="plan"),
    path("people/<int:person_id>/commitments/note/", commitment.note, name="note_commitment"),
    path("commitments/<int:commitment_id>/withdraw/", commitment.withdraw, name="withdraw_commitment"),
    path("appointments/<int:appointment_id>/", appointment.show, name="appointment"),
    path("appointments/<int:appointment_id>/move/", appointment.move, name="move"),
    path("appointments/<int:appointment_id>/call-off/", appointment.call_off, name="call_off"),
    path("sessions/<int:session_id>/", session.show, name="show"),
    path("settings/session-types/", catalogue.index, {"sort": catalogue.TYPES}, name="types"),
    path("settings/session-types/add/", catalogue.add, {"sort": catalogue.TYPES}, name="add_type"),
    path("settings/session-types/<int:entry_id>/", catalogue.change, {"sort": catalogue.TYPES}, name="change_type"),
    path("settings/session-types/<int:entry_id>/end/", catalogue.end, {"sort": catalogue.TYPES}, name="end_type"),
    path("settings/topics/", catalogue.index, {"sort": catalogue.TOPICS}, name="topics"),
    path("settings/topics/add/", catalogue.add, {"sort": catalogue.TOPICS}, name="add_topic"),
    path("settings/topics/<int:entry_id>/", catalogue.change, {"sort": catalogue.TOPICS}, name="change_topic"),
    path("settings/topics/<int:entry_id>/end/", catalogue.end, {"sort": catalogue.TOPICS}, name="end_topic"),
]
