"""Where workers, beat and Flower start (`celery -A orchestrator …`): loads settings, then makes the app."""

from ops.service.env import select_settings

select_settings()

from orchestrator.dispatch import app  # noqa: E402  # when it is made, it looks whether there is a Django

__all__ = ["app"]
