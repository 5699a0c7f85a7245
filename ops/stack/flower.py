"""Flower with every address behind its password; its own leaves /metrics open (mher/flower #1342).

`python -m ops.stack.flower -A orchestrator flower …`: the arguments are those of `celery`.
"""

from flower.__main__ import main
from flower.views import BaseHandler
from flower.views.monitor import Healthcheck


def ask_for_the_password(handler: BaseHandler) -> None:
    """Before each answer but that of /healthcheck, which says "OK": raises Flower's 401."""
    if not isinstance(handler, Healthcheck) and handler.application.options.basic_auth:
        handler.get_current_user()


if __name__ == "__main__":
    BaseHandler.prepare = ask_for_the_password
    main()
