from django.urls import path

from referrals import views

app_name = "referrals"
urlpatterns = [
    path("referrals/", views.queue, name="queue"),
    path("referrals/<int:referral_id>/", views.show, name="show"),
    path("referrals/<int:referral_id>/triage/", views.triage, name="triage"),
    path("people/<int:person_id>/referrals/", views.list, name="list"),
    path("people/<int:person_id>/refer/", views.make, name="make"),
]
