"""Whose page it was that logged a line: by id, never by name."""

from typing import Any

import pytest
import structlog
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from structlog.testing import LogCapture


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the access log gets, with what is bound to it."""
    capture = LogCapture()
    bound = structlog.wrap_logger(None, processors=[structlog.contextvars.merge_contextvars, capture])
    monkeypatch.setattr("ops.service.serving.middleware.logger", bound)
    return capture.entries


def test_a_page_s_lines_carry_the_user_s_id_and_a_stranger_s_none(
    client: Client, analyst: Client, logged: list[Any]
) -> None:
    analyst.get(reverse("home"))
    Client().get(reverse("home"))
    mine, stranger = logged
    assert mine["user"] == User.objects.get().pk
    assert "analista" not in str(logged)
    assert "user" not in stranger
    assert mine["request"] != stranger["request"]
