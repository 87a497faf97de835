from django.urls import path

from partners import views

app_name = "partners"
urlpatterns = [
    path("releases/", views.releases, name="releases"),
    path("people/<int:person_id>/release/", views.release, name="release"),
    path("people/<int:person_id>/handovers/make/", views.make, name="make"),
    path("handovers/<int:handover_id>/", views.handover, name="handover"),
    path("handovers/<int:handover_id>/edit/", views.edit, name="edit"),
    path("handovers/<int:handover_id>/ready/", views.ready, name="ready"),
    path("handovers/<int:handover_id>/reopen/", views.reopen, name="reopen"),
    path("handovers/<int:handover_id>/send/", views.send, name="send"),
    path("handovers/<int:handover_id>/recall/", views.recall, name="recall"),
    path("packs/<int:pack_id>/", views.pack, name="pack"),
    path("packs/<int:pack_id>/progress/", views.pack_progress, name="pack_progress"),
    path("packs/<int:pack_id>/again/", views.try_again, name="try_again"),
    path("coming/", views.coming, name="coming"),
    path("coming/<int:handover_id>/", views.received, name="received"),
    path("coming/<int:handover_id>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("coming/<int:handover_id>/query/", views.query, name="query"),
    path("settings/protocols/", views.protocols, name="protocols"),
    path("settings/protocols/agree/", views.agree, name="agree"),
    path("settings/protocols/<int:protocol_id>/end/", views.end_protocol, name="end_protocol"),
]
