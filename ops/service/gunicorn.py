"""How gunicorn serves each service: `gunicorn -c ops/service/gunicorn.py sources.alpha.wsgi`.

One process with threads: what a request waits for is the database. Address, number of workers
and threads come from the command line or from GUNICORN_CMD_ARGS.
"""

import gc
from typing import Any

import gunicorn.http.wsgi
import gunicorn.util

from ops.service.env import env, load
from ops.service.serving import unread
from ops.service.serving.logs import logging_config

load()
# There is no setting for either.
gunicorn.http.wsgi.SERVER = "dossier"
gunicorn.util.write_error = unread.answer

worker_class = "gthread"
workers = 1
threads = 8
backlog = 512
keepalive = 30
timeout = 60
graceful_timeout = 20
# Nobody's word is taken here for the scheme, the path or whom it comes from: where a proxy is in front, the
# settings say so (PUBLIC_URL), and Django reads its header.
forwarded_allow_ips = ""
limit_request_line = 4094
limit_request_fields = 50
max_requests = 0
preload_app = False
accesslog = None  # ops.service.serving.middleware logs routes; gunicorn would log addresses
errorlog = "-"
logconfig_dict = logging_config(env.str("LOG_LEVEL", default="INFO"))


def post_worker_init(_worker: Any) -> None:
    """What is loaded by now stays: Python's collector need not look at all of Django again and again."""
    gc.collect()
    gc.freeze()
