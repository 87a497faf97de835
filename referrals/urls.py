from django.urls import path

from referrals.views import kiosk, referral, triage, waiting

app_name = "referrals"
urlpatterns = [
    path("referrals/", waiting.queue, name="queue"),
    path("referrals/<int:referral_id>/", referral.show, name="show"),
    path("referrals/<int:referral_id>/triage/", triage.triage, name="triage"),
    path("people/<int:person_id>/referrals/", referral.list, name="list"),
    path("people/<int:person_id>/refer/", referral.make, name="make"),
    path("kiosk/<str:token>/", kiosk.hand_in, name="kiosk"),
    path("settings/kiosks/", kiosk.index, name="kiosks"),
    path("settings/kiosks/issue/", kiosk.issue, name="issue_kiosk"),
    path("settings/kiosks/<int:link_id>/revoke/", kiosk.revoke, name="revoke_kiosk"),
]
