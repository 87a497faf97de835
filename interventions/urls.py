from django.urls import path

from interventions.views import appointment, drop_in, feedback, guest, register, session

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
]
