from django.urls import path

from referrals.views import duty, kiosk, offer, referral, source, triage, waiting

app_name = "referrals"
urlpatterns = [
    path("referrals/", waiting.queue, name="queue"),
    path("referrals/<int:referral_id>/", referral.show, name="show"),
    path("referrals/<int:referral_id>/triage/", triage.triage, name="triage"),
    path("referrals/<int:referral_id>/claim/", duty.claim, name="claim"),
    path("referrals/<int:referral_id>/release/", duty.release, name="release"),
    path("referrals/<int:referral_id>/take-over/", duty.take_over, name="take_over"),
    path("referrals/<int:referral_id>/attempt/", duty.attempt, name="attempt"),
    path("referrals/<int:referral_id>/hold/", duty.hold, name="hold"),
    path("referrals/<int:referral_id>/resume/", duty.resume, name="resume"),
    path("referrals/waiting/", waiting.waiting, name="waiting"),
    path("referrals/waiting/rows/", waiting.waited, name="waited"),
    path("referrals/offers/", offer.offers, name="offers"),
    path("referrals/offers/<int:triage_id>/", offer.offer, name="offer"),
    path("people/<int:person_id>/referrals/", referral.list, name="list"),
    path("people/<int:person_id>/refer/", referral.make, name="make"),
    path("kiosk/<str:token>/", kiosk.hand_in, name="kiosk"),
    path("settings/kiosks/", kiosk.index, name="kiosks"),
    path("settings/kiosks/issue/", kiosk.issue, name="issue_kiosk"),
    path("settings/kiosks/<int:link_id>/revoke/", kiosk.revoke, name="revoke_kiosk"),
    path("settings/sources/", source.index, {"sort": source.SOURCES}, name="sources"),
    path("settings/sources/add/", source.add, {"sort": source.SOURCES}, name="add_source"),
    path("settings/sources/<int:entry_id>/", source.change, {"sort": source.SOURCES}, name="change_source"),
    path("settings/sources/<int:entry_id>/end/", source.end, {"sort": source.SOURCES}, name="end_source"),
    path("settings/wants/", source.index, {"sort": source.WANTS}, name="wants"),
    path("settings/wants/add/", source.add, {"sort": source.WANTS}, name="add_want"),
    path("settings/wants/<int:entry_id>/", source.change, {"sort": source.WANTS}, name="change_want"),
    path("settings/wants/<int:entry_id>/end/", source.end, {"sort": source.WANTS}, name="end_want"),
    path("settings/signs/", source.index, {"sort": source.SIGNS}, name="signs"),
    path("settings/signs/add/", source.add, {"sort": source.SIGNS}, name="add_sign"),
    path("settings/signs/<int:entry_id>/", source.change, {"sort": source.SIGNS}, name="change_sign"),
    path("settings/signs/<int:entry_id>/end/", source.end, {"sort": source.SIGNS}, name="end_sign"),
]
