"""The Celery app: workers, beat and Flower start from here (`celery -A orchestrator …`)."""

from celery import Celery

from ops.service.env import select_settings

select_settings()

app = Celery("dossier")
app.config_from_object("celeryconfig")
app.autodiscover_tasks(["orchestrator"])
