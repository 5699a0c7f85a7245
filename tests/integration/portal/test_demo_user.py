"""`manage.py create_demo_user`."""

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_demo_user_can_log_in(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "a-long-demo-word")
    call_command("create_demo_user", "demo")
    response = client.post("/login/", {"username": "demo", "password": "a-long-demo-word"})
    assert response["Location"] == "/"


def test_a_second_run_keeps_the_user_and_its_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "a-long-demo-word")
    call_command("create_demo_user", "demo")
    before = User.objects.get()
    call_command("create_demo_user", "demo")
    assert User.objects.get().password == before.password


def test_another_password_replaces_the_old_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for word in ("a-long-demo-word", "another-demo-word"):
        monkeypatch.setenv("DEMO_PASSWORD", word)
        call_command("create_demo_user", "demo")
    assert User.objects.get().check_password("another-demo-word")


def test_a_missing_password_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    with pytest.raises(CommandError, match="DEMO_PASSWORD"):
        call_command("create_demo_user", "demo")
