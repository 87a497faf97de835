from django.urls import path

from interventions.views import appointment, drug_test, session

app_name = "interventions"
urlpatterns = [
    path("people/<int:person_id>/sessions/", session.list, name="list"),
    path("people/<int:person_id>/sessions/log/", session.log, name="log"),
    path("people/<int:person_id>/sessions/plan/", appointment.plan, name="plan"),
    path("appointments/<int:appointment_id>/call-off/", appointment.call_off, name="call_off"),
    path("sessions/<int:session_id>/", session.show, name="show"),
    path("tests/", drug_test.index, name="tests"),
    path("tests/add/", drug_test.add, name="add_tests"),
    path("tests/name/", drug_test.name, name="test_name"),
    path("tests/<int:test_id>/", drug_test.show, name="test"),
    path("tests/months/<str:month>/", drug_test.month, name="test_month"),
    path("tests/months/<str:month>/draw/", drug_test.draw, name="draw_tests"),
    path("tests/months/<str:month>/paste/", drug_test.bring_in, name="paste_tests"),
    path("tests/months/<str:month>/record/", drug_test.record_several, name="record_tests"),
    path("people/<int:person_id>/tests/", drug_test.of_person, name="person_tests"),
    path("settings/tests/", drug_test.rules, name="test_rules"),
]
