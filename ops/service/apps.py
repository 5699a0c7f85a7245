"""The Django app that every service shares."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ServiceConfig(AppConfig):
    """API clients, tokens, health, logs and errors."""

    name = "ops.service"
    label = "service"
    verbose_name = _("Machine clients")
