"""Celery's settings and beat schedule: data only. Why each value: ops/decisions/0003."""

from kombu import Queue

from ops.service.env import env, required

broker_url = env.str("BROKER_URL", default="") or required(
    "REDIS_URL", "Give the Redis server: redis://:password@host:6379/0."
)
result_backend = broker_url
broker_connection_retry_on_startup = True
broker_connection_max_retries = None
broker_transport_options = {
    "visibility_timeout": 45,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "max_connections": 64,
    "max_retries": 0,
}
result_backend_transport_options = {"retry_policy": {"max_retries": 0}}
redis_socket_timeout = 5
redis_socket_connect_timeout = 2
redis_max_connections = 64
redis_backend_health_check_interval = 10
result_expires = 900
result_chord_expires = 3600

accept_content = ["json"]
task_serializer = "json"
# Django connections outlive tasks; `orchestrator.tasks` drops those that are unusable.
CELERY_DB_REUSE_MAX = 2**31

imports = ["portal.access.tasks"]
task_ignore_result = True
task_acks_late = True
task_reject_on_worker_lost = True
task_publish_retry = False
task_default_queue = "interactive"
task_queues = [Queue("interactive"), Queue("batch"), Queue("quarantine")]
worker_direct = True  # each worker has a queue of its own, over which it is asked whether it consumes
worker_send_task_events = True
worker_deduplicate_successful_tasks = False
worker_prefetch_multiplier = 1
worker_soft_shutdown_timeout = 15
worker_hijack_root_logger = False

timezone = "America/Sao_Paulo"
enable_utc = True
# Whether a nightly run is owed is the database's to say (NIGHTLY_AT): a tick lost or doubled does nothing.
beat_schedule = {
    "start-nightly-run": {
        "task": "orchestrator.start_nightly_run",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "sign-the-record-of-access": {
        "task": "access.sign_record",
        "schedule": 3600.0,
        "options": {"queue": "batch", "expires": 3500},
    },
    "forget-what-is-old": {
        "task": "orchestrator.forget_what_is_old",
        "schedule": 3600.0,
        "options": {"queue": "batch", "expires": 3500},
    },
}
