from django.urls import path

from referrals.views import referral, triage, waiting

app_name = "referrals"
urlpatterns = [
    path("referrals/", waiting.queue, name="queue"),
    path("referrals/<int:referral_id>/", referral.show, name="show"),
    path("referrals/<int:referral_id>/triage/", triage.triage, name="triage"),
    path("people/<int:person_id>/referrals/", referral.list, name="list"),
    path("people/<int:person_id>/refer/", referral.make, name="make"),
]
