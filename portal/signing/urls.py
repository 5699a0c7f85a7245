"""The addresses of signing in: of allauth's only those that are used, by the names it looks for."""

from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.contrib.auth.views import LogoutView
from django.urls import path

from portal.signing import views
from portal.signing.single import patient

_SSO = {"provider_id": "sso"}

urlpatterns = [
    path("login/", views.login, name="login"),
    path("login/", views.login, name="account_login"),
    path("login/code/", views.second_factor, name="mfa_authenticate"),
    path("login/done/", views.signed_in, name="signed-in"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("session/", views.session, name="session"),
    path("sso/", patient(openid_connect.login), _SSO, name="openid_connect_login"),
    path("sso/callback/", patient(openid_connect.callback), _SSO, name="openid_connect_callback"),
    path("account/", views.account, name="account"),
    path("account/", views.account, name="mfa_index"),
    path("account/confirm/", views.confirm, name="confirm"),
    path("account/password/", views.password, name="account_change_password"),
    path("account/sessions/end/", views.end_session, name="end-session"),
    path("account/second-factor/", views.activate, name="mfa_activate_totp"),
    path("account/second-factor/off/", views.deactivate, name="mfa_deactivate_totp"),
    path("account/second-factor/codes/", views.recovery_codes, name="mfa_view_recovery_codes"),
    path("account/second-factor/codes/new/", views.new_recovery_codes, name="mfa_generate_recovery_codes"),
]
