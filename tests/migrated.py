"""Test databases begin as copies of one that is migrated: to migrate takes two seconds, to copy none."""

import os
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.db import connection


def copy_from_template() -> None:
    """Makes the service's migrated database, unless it is there, and has test databases copied from it.

    It stays with the engines' data, is made anew where a migration changed, and is made by one process
    while the others wait. What Django does after migrations it does in a copy all the same.
    """
    service, migrations = os.environ.get("SERVICE", "portal"), sha256()
    for app in sorted(apps.get_app_configs(), key=lambda each: each.label):
        for file in sorted((Path(app.path) / "migrations").glob("*.py")):
            migrations.update(file.read_bytes())
    name = f"migrated_{service}_{migrations.hexdigest()[:12]}"
    with connection._nodb_cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [service])  # until it closes
        cursor.execute("select datname from pg_database where datname like %s", [f"migrated\\_{service}\\_%"])
        there = {found for (found,) in cursor.fetchall()}
        if name not in there:
            _make(cursor, name, there)
    connection.settings_dict["TEST"]["TEMPLATE"] = name


def _make(cursor: Any, name: str, old: set[str]) -> None:
    for each in old:
        cursor.execute(f'drop database "{each}"')
    unfinished, own = f"{name}_unfinished", connection.settings_dict["NAME"]
    cursor.execute(f'create database "{unfinished}"')
    connection.close()
    connection.settings_dict["NAME"] = unfinished
    try:
        call_command("migrate", interactive=False, verbosity=0)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own
    cursor.execute(f'alter database "{unfinished}" rename to "{name}"')
