from django.urls import path

from partners.views import amendments, handovers, packs, plans, protocols, received, steps

app_name = "partners"
urlpatterns = [
    path("releases/", handovers.releases, name="releases"),
    path("releases/gaps/", plans.gaps, name="gaps"),
    path("people/<int:person_id>/release/", handovers.release, name="release"),
    path("people/<int:person_id>/release/today/", plans.released_today, name="released_today"),
    path("people/<int:person_id>/release/today/easy-read/", packs.easy_read_today, name="easy_read_today"),
    path("people/<int:person_id>/release/plan/", plans.release_plan, name="release_plan"),
    path("people/<int:person_id>/handovers/make/", handovers.make, name="make"),
    path("handovers/<int:handover_id>/", handovers.handover, name="handover"),
    path("handovers/<int:handover_id>/edit/", handovers.edit, name="edit"),
    path("handovers/<int:handover_id>/ready/", handovers.ready, name="ready"),
    path("handovers/<int:handover_id>/reopen/", handovers.reopen, name="reopen"),
    path("handovers/<int:handover_id>/send/", handovers.send, name="send"),
    path("handovers/<int:handover_id>/recall/", handovers.recall, name="recall"),
    path("handovers/<int:handover_id>/clinical/", amendments.confirm_clinical, name="confirm_clinical"),
    path("handovers/<int:handover_id>/amend/", amendments.amend, name="amend"),
    path("handovers/<int:handover_id>/steps/<slug:name>/", steps.prison_step, name="prison_step"),
    path("packs/<int:pack_id>/", packs.pack, name="pack"),
    path("handovers/<int:handover_id>/easy-read/", packs.easy_read, name="easy_read"),
    path("packs/<int:pack_id>/print/", packs.print_pack, name="print_pack"),
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
