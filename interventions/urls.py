from django.urls import path

from interventions.views import appointment, drop_in, drug_test, feedback, guest, register, session

app_name = "interventions"
urlpatterns = [
    path("people/<int:person_id>/sessions/", session.list, name="list"),
    path("people/<int:person_id>/sessions/log/", session.log, name="log"),
    path("people/<int:person_id>/sessions/plan/", appointment.plan, name="plan"),
    path("appointments/<int:appointment_id>/call-off/", appointment.call_off, name="call_off"),
    path("sessions/<int:session_id>/", session.show, name="show"),
    path("groups/registers/", register.index, name="registers"),
    path("groups/<int:group_id>/register/", register.show, name="register"),
    path("groups/<int:group_id>/register/lines/", register.notes, name="register_notes"),
    path("groups/drop-ins/", drop_in.index, name="drop_ins"),
    path("groups/drop-ins/open/", drop_in.open, name="open_drop_in"),
    path("groups/drop-ins/name/", drop_in.name, name="drop_in_name"),
    path("groups/<int:group_id>/drop-in/", drop_in.show, name="drop_in"),
    path("groups/guests/", guest.index, name="guests"),
    path("groups/guests/add/", guest.add, name="add_guest"),
    path("groups/guests/<int:guest_id>/change/", guest.change, name="change_guest"),
    path("groups/guests/<int:guest_id>/end/", guest.end, name="end_guest"),
    # The guests of one session stand under the same name: the session is what it is asked with.
    path("groups/<int:group_id>/guests/", guest.of_session, name="guests"),
    path("groups/<int:group_id>/guests/<int:guest_id>/remove/", guest.remove, name="remove_guest"),
    path("groups/feedback/", feedback.months, name="feedback_months"),
    path("groups/<int:group_id>/feedback/", feedback.show, name="feedback"),
    path("groups/<int:group_id>/feedback/enter/", feedback.enter, name="enter_feedback"),
    path("groups/<int:group_id>/feedback/sheet/", feedback.sheet, name="feedback_sheet"),
    path("groups/feedback/<int:sheet_id>/choose/", feedback.choose, name="choose_quote"),
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
