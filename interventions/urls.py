from django.urls import path

from interventions.views import appointment, group, seat, series, session

app_name = "interventions"
urlpatterns = [
    path("people/<int:person_id>/sessions/", session.list, name="list"),
    path("people/<int:person_id>/sessions/log/", session.log, name="log"),
    path("people/<int:person_id>/sessions/plan/", appointment.plan, name="plan"),
    path("appointments/<int:appointment_id>/call-off/", appointment.call_off, name="call_off"),
    path("sessions/<int:session_id>/", session.show, name="show"),
    path("groups/", group.index, name="groups"),
    path("groups/look/", group.look, name="groups_look"),
    path("groups/make/", group.make, name="make_group"),
    path("groups/series/make/", series.make, name="make_series"),
    path("groups/series/<int:series_id>/", series.show, name="series"),
    path("groups/series/<int:series_id>/expect/", series.expect, name="expect_enrolled"),
    path("groups/<int:group_id>/", group.show, name="group"),
    path("groups/<int:group_id>/confirm/", group.confirm, name="confirm_group"),
    path("groups/<int:group_id>/move/", group.move, name="move_group"),
    path("groups/<int:group_id>/cancel/", group.cancel, name="cancel_group"),
    path("groups/<int:group_id>/catch-up/", group.catch_up, name="catch_up"),
    path("groups/<int:group_id>/people/", seat.add, name="add_seats"),
    path("groups/<int:group_id>/enrolled/", seat.add_enrolled, name="add_enrolled"),
    path("groups/<int:group_id>/take-off/", seat.remove, name="remove_seat"),
    path("groups/<int:group_id>/all-the-same/", seat.accept, name="accept_seat"),
]
