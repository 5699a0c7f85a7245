"""Settings that contradict each other stop a worker at its start, and say what to change."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from orchestrator import conf


def test_who_waits_for_a_source_is_not_to_be_killed_as_if_it_hung(monkeypatch: pytest.MonkeyPatch) -> None:
    conf.require([])
    monkeypatch.setattr(conf, "RUN_CALL_SECONDS", conf.RUN_LEASE_SECONDS - conf.RUN_PATIENCE_SECONDS)
    with pytest.raises(ImproperlyConfigured, match="RUN_LEASE_SECONDS is 60; it must be above"):
        conf.require([])
