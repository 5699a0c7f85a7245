"""The Django app that every service shares."""

from django.apps import AppConfig


class ServiceConfig(AppConfig):
    """API clients, tokens, health, logs and errors."""

    name = "ops.service"
    label = "service"
