"""The Django app of people's teams and roles and of the record of access."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccessConfig(AppConfig):
    """Makes the roles after migrations: Django makes the permissions that they are made of only then."""

    name = "portal.access"
    label = "access"
    verbose_name = _("Equipes")

    def ready(self) -> None:
        from portal.access.roles import make_roles

        post_migrate.connect(make_roles, sender=self)
