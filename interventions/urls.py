from django.urls import path

from interventions.views import appointment, enrolment, programme, session

app_name = "interventions"
urlpatterns = [
    path("people/<int:person_id>/sessions/", session.list, name="list"),
    path("people/<int:person_id>/sessions/log/", session.log, name="log"),
    path("people/<int:person_id>/sessions/plan/", appointment.plan, name="plan"),
    path("appointments/<int:appointment_id>/call-off/", appointment.call_off, name="call_off"),
    path("sessions/<int:session_id>/", session.show, name="show"),
    path("programmes/", programme.index, name="programmes"),
    path("programmes/wings/", programme.coverage, name="coverage"),
    path("programmes/<int:programme_id>/", programme.show, name="programme"),
    path("programmes/<int:programme_id>/propose/", programme.find, name="find_for_programme"),
    path("settings/programmes/", programme.catalogue, name="catalogue"),
    path("settings/programmes/add/", programme.add, name="add_programme"),
    path("settings/programmes/usual/", programme.add_usual, name="add_usual_programmes"),
    path("settings/programmes/<int:programme_id>/", programme.change, name="change_programme"),
    path("settings/programmes/<int:programme_id>/wings/", programme.wings, name="wings_of_programme"),
    path("settings/programmes/<int:programme_id>/end/", programme.end, name="end_programme"),
    path("people/<int:person_id>/groups/", enrolment.of_person, name="person_groups"),
    path("people/<int:person_id>/groups/propose/", enrolment.propose, name="propose"),
    path("enrolments/<int:enrolment_id>/", enrolment.show, name="enrolment"),
    path("enrolments/<int:enrolment_id>/certificate/", enrolment.certificate, name="certificate"),
    path("enrolments/<int:enrolment_id>/certificate/name/", enrolment.rename, name="rename_certificate"),
    path("enrolments/<int:enrolment_id>/<slug:step>/", enrolment.step, name="enrolment_step"),
]
