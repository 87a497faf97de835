from django.urls import path

from partners.views import by_link, handovers, links, packs, protocols, received, steps

app_name = "partners"
urlpatterns = [
    path("releases/", handovers.releases, name="releases"),
    path("people/<int:person_id>/release/", handovers.release, name="release"),
    path("people/<int:person_id>/handovers/make/", handovers.make, name="make"),
    path("handovers/<int:handover_id>/", handovers.handover, name="handover"),
    path("handovers/<int:handover_id>/edit/", handovers.edit, name="edit"),
    path("handovers/<int:handover_id>/ready/", handovers.ready, name="ready"),
    path("handovers/<int:handover_id>/reopen/", handovers.reopen, name="reopen"),
    path("handovers/<int:handover_id>/send/", handovers.send, name="send"),
    path("handovers/<int:handover_id>/recall/", handovers.recall, name="recall"),
    path("handovers/<int:handover_id>/steps/<slug:name>/", steps.prison_step, name="prison_step"),
    path("handovers/<int:handover_id>/links/", links.links, name="links"),
    path("handovers/<int:handover_id>/links/send/", links.send_link, name="send_link"),
    path("handovers/<int:handover_id>/links/<int:handover_link_id>/revoke/", links.revoke_link, name="revoke_link"),
    path("link/<slug:token>/", by_link.link, name="link"),
    path("link/<slug:token>/handover/", by_link.handover, name="link_handover"),
    path("link/<slug:token>/pack/", by_link.pack, name="link_pack"),
    path("link/<slug:token>/acknowledge/", by_link.acknowledge, name="link_acknowledge"),
    path("link/<slug:token>/<slug:name>/", by_link.step, name="link_step"),
    path("packs/<int:pack_id>/", packs.pack, name="pack"),
    path("packs/<int:pack_id>/progress/", packs.pack_progress, name="pack_progress"),
    path("packs/<int:pack_id>/again/", packs.try_again, name="try_again"),
    path("coming/", received.coming, name="coming"),
    path("coming/<int:handover_id>/", received.received, name="received"),
    path("coming/<int:handover_id>/acknowledge/", received.acknowledge, name="acknowledge"),
    path("coming/<int:handover_id>/<slug:name>/", steps.agency_step, name="agency_step"),
    path("settings/protocols/", protocols.protocols, name="protocols"),
    path("settings/protocols/agree/", protocols.agree, name="agree"),
    path("settings/protocols/<int:protocol_id>/end/", protocols.end_protocol, name="end_protocol"),
]
