"""Every address of the product."""

from allauth.account import views as account
from allauth.mfa.base import views as codes
from django.conf import settings
from django.urls import include, path

from casework.views import components, second_factor
from config import health
from reporting.views import home

handler500 = "casework.views.errors.failed"
urlpatterns = [
    path("", home.show, name="home"),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
    path("account/sign-in/", account.login, name="account_login"),
    path("account/sign-out/", account.logout, name="account_logout"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/unlock/", account.reauthenticate, name="account_reauthenticate"),
    path("account/password/", account.password_change, name="account_change_password"),
    path("account/code/", codes.authenticate, name="mfa_authenticate"),
    path("account/codes/", second_factor.show, name="second_factor"),
    path("account/codes/renew/", second_factor.renew, name="renew_recovery_codes"),
    path("account/codes/leave/", second_factor.leave, name="leave_second_factor"),
    path("", include("casework.urls")),
    path("", include("referrals.urls")),
    path("", include("interventions.urls")),
    path("", include("partners.urls")),
    path("", include("reporting.urls")),
]

if not settings.PRODUCTION:
    urlpatterns.append(path("components/", components.show, name="components"))
