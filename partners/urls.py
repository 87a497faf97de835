from django.urls import path

from partners.views import aftercare, handovers, packs, protocols, received, steps

app_name = "partners"
urlpatterns = [
    path("releases/", handovers.releases, name="releases"),
    path("people/<int:person_id>/release/", handovers.release, name="release"),
    path("people/<int:person_id>/handovers/make/", handovers.make, name="make"),
    path("aftercare/", aftercare.aftercare, name="aftercare"),
    path("people/<int:person_id>/aftercare/", aftercare.support, name="support"),
    path("handovers/<int:handover_id>/", handovers.handover, name="handover"),
    path("handovers/<int:handover_id>/edit/", handovers.edit, name="edit"),
    path("handovers/<int:handover_id>/ready/", handovers.ready, name="ready"),
    path("handovers/<int:handover_id>/reopen/", handovers.reopen, name="reopen"),
    path("handovers/<int:handover_id>/send/", handovers.send, name="send"),
    path("handovers/<int:handover_id>/recall/", handovers.recall, name="recall"),
    path("handovers/<int:handover_id>/steps/<slug:name>/", steps.prison_step, name="prison_step"),
    path("handovers/<int:handover_id>/release-seen/", handovers.see_release, name="see_release"),
    path("packs/<int:pack_id>/", packs.pack, name="pack"),
    path("packs/<int:pack_id>/progress/", packs.pack_progress, name="pack_progress"),
    path("packs/<int:pack_id>/again/", packs.try_again, name="try_again"),
    path("coming/", received.coming, name="coming"),
    path("coming/export.csv", received.export, name="export_coming"),
    path("coming/acknowledge/", received.acknowledge_all, name="acknowledge_all"),
    path("coming/<int:handover_id>/", received.received, name="received"),
    path("coming/<int:handover_id>/acknowledge/", received.acknowledge, name="acknowledge"),
    path("coming/<int:handover_id>/<slug:name>/", steps.agency_step, name="agency_step"),
    path("settings/protocols/", protocols.protocols, name="protocols"),
    path("settings/protocols/agree/", protocols.agree, name="agree"),
    path("settings/protocols/<int:protocol_id>/end/", protocols.end_protocol, name="end_protocol"),
]
