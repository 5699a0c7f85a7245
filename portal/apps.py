"""The portal's Django application."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Pages and API; it has no tables of its own."""

    name = "portal"

    def ready(self) -> None:
        """Has sessions begin and end with what happens to their user."""
        from allauth.account.signals import password_changed
        from django.contrib.auth.models import User
        from django.contrib.auth.signals import user_logged_in
        from django.db.models.signals import post_save

        from portal.signing import sessions

        user_logged_in.connect(sessions.begin)
        password_changed.connect(sessions.end_others)
        post_save.connect(sessions.end_with_account, sender=User)
