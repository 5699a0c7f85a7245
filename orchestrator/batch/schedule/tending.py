"""What the sweeper does for runs: starts the nightly one, sends what was lost, lets them go on."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import structlog
from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.db.models.functions import Now

from orchestrator import dispatch
from orchestrator.batch.schedule import lifecycle, nightly, sending
from orchestrator.models import Run

log = structlog.get_logger(__name__)


def tend(unless_locked: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
    """One round over all active runs; one that raises, or is locked, does not hold up the others."""
    with unless_locked():
        sending.take_back()
    with unless_locked():
        nightly.start_if_owed()
    with unless_locked():
        _resume_rested()
    for run_id in Run.objects.filter(finished_at=None).order_by("created_at").values_list("pk", flat=True):
        try:
            with unless_locked():
                _go_on(run_id)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("run.defect", run=run_id)
    with unless_locked():
        sending.send_waiting()


def _resume_rested() -> None:
    """Runs that paused by themselves for long enough."""
    rested = Run.objects.filter(state=Run.State.PAUSED, resume_at__lte=Now(), finished_at=None)
    rested.update(state=Run.State.RUNNING, resume_at=None, resumed_at=Now())


def go_on(run_id: int) -> None:
    """Sends what waits in a run; safe to call at any time."""
    _go_on(run_id)
    sending.send_waiting()


def _go_on(run_id: int) -> None:
    nobody = Q(planner_until=None) | Q(planner_until__lte=Now())
    if Run.objects.filter(nobody, pk=run_id, state=Run.State.RUNNING, planned_at=None).exists():
        dispatch.send_plan(run_id)
    lifecycle.settle(run_id)
