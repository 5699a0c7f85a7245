"""Is each process of the stack doing its work?"""

import logging
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError

WORKERS = ("worker-interactive", "worker-batch", "worker-quarantine")
PATIENCE = 3.0


def unhealthy(urls: Mapping[str, str], broker_url: str, statenames: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with each process that is not healthy, by name; empty when all is well.

    `urls` are the base URLs of the services and Flower, `statenames` supervisord's words.
    """
    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = dict(zip(urls, pool.map(_ask, urls, urls.values()), strict=True))
        answers |= _workers(broker_url)
    not_running = {name: state.lower() for name, state in statenames.items() if state != "RUNNING"}
    return {name: wrong for name, wrong in answers.items() if wrong} | not_running


def _ask(name: str, url: str) -> str:
    if name == "flower":
        return "" if _status(f"{url}/") in (200, 401) else "does not answer"
    status = _status(f"{url}/readyz")
    return "" if status == 200 else f"/readyz answers {status}" if status else "does not answer"


def _status(url: str) -> int | None:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310 (our own URLs)
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def _workers(broker_url: str) -> dict[str, str]:
    """Asks the workers over the broker, as `celery inspect ping` does."""
    logging.getLogger("kombu").setLevel(logging.ERROR)
    timeouts = {"socket_connect_timeout": 2, "socket_timeout": 3, "max_retries": 0}
    app = Celery(broker=broker_url, broker_transport_options=timeouts, set_as_current=False)
    try:
        replies: list[dict[str, Any]] = app.control.ping(timeout=1.0, limit=len(WORKERS)) or []
    except (OperationalError, OSError):
        return dict.fromkeys(WORKERS, "the broker does not answer")
    finally:
        app.close()
    names = {node.split("@")[0] for reply in replies for node in reply}
    return {
        worker: "" if worker.removeprefix("worker-") in names else "no reply to a ping" for worker in WORKERS
    }
