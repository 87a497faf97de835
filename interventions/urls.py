from django.urls import path

from interventions.views import appointment, compact, peer, session, unit

app_name = "interventions"
urlpatterns = [
    path("people/<int:person_id>/sessions/", session.list, name="list"),
    path("people/<int:person_id>/sessions/log/", session.log, name="log"),
    path("people/<int:person_id>/sessions/plan/", appointment.plan, name="plan"),
    path("appointments/<int:appointment_id>/call-off/", appointment.call_off, name="call_off"),
    path("sessions/<int:session_id>/", session.show, name="show"),
    path("unit/", unit.index, name="unit"),
    path("unit/compact/", compact.index, name="compacts"),
    path("unit/compact/write/", compact.write, name="write_compact"),
    path("unit/compact/<str:version>/", compact.show, name="compact"),
    path("people/<int:person_id>/unit/", unit.history, name="unit_history"),
    path("people/<int:person_id>/unit/ask/", unit.ask, name="ask_for_place"),
    path("unit/<int:stay_id>/offer/", unit.offer, name="offer_place"),
    path("unit/<int:stay_id>/take-back/", unit.take_back, name="take_place_back"),
    path("unit/<int:stay_id>/join/", unit.join, name="join_unit"),
    path("unit/<int:stay_id>/sign/", unit.sign, name="sign_compact"),
    path("unit/<int:stay_id>/dates/", unit.dates, name="unit_dates"),
    path("unit/<int:stay_id>/leave/", unit.leave, name="leave_unit"),
    path("unit/<int:stay_id>/breach/", unit.breach, name="record_breach"),
    path("unit/<int:stay_id>/review/", unit.review, name="review_stay"),
    path("unit/<int:stay_id>/compact/", unit.printed, name="print_compact"),
    path("peers/", peer.index, name="peers"),
    path("peers/stopped/", peer.stopped, name="peers_stopped"),
    path("people/<int:person_id>/peer/put-forward/", peer.put_forward, name="put_forward"),
    path("peers/<int:peer_id>/", peer.show, name="peer"),
    path("peers/<int:peer_id>/clear/", peer.clear, name="clear_peer"),
    path("peers/<int:peer_id>/train/", peer.train, name="train_peer"),
    path("peers/<int:peer_id>/begin/", peer.begin, name="begin_peer"),
    path("peers/<int:peer_id>/change/", peer.change, name="change_peer"),
    path("peers/<int:peer_id>/suspend/", peer.suspend, name="suspend_peer"),
    path("peers/<int:peer_id>/come-back/", peer.come_back, name="peer_back"),
    path("peers/<int:peer_id>/stop/", peer.stop, name="stop_peer"),
    path("peers/<int:peer_id>/supervise/", peer.supervise, name="supervise_peer"),
]
