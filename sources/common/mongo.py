"""MongoDB, as Beta and Capa use it: one lazy connection per process, short timeouts."""

from typing import Any

import mongoengine
import pymongo
from bson import ObjectId
from bson.errors import InvalidId
from django.conf import settings
from mongoengine.connection import get_db
from pymongo.database import Database


def connect(url: str, database: str) -> None:
    """Registers the connection; nothing is sent before the first use, so a fork is safe.

    Dates are in UTC and come without a time zone: giving them one took a quarter of the time of a read.
    Those that Python cannot hold are clamped.
    """
    mongoengine.disconnect()
    mongoengine.connect(
        db=database,
        host=url,
        connect=False,
        serverSelectionTimeoutMS=2000,
        connectTimeoutMS=2000,
        socketTimeoutMS=10_000,
        datetime_conversion="DATETIME_CLAMP",
        uuidRepresentation="standard",
        appname=f"dossier-{settings.SERVICE}",
    )


def ping() -> None:
    """Raises where MongoDB does not answer within a second (for /readyz)."""
    database: Database[dict[str, Any]] = get_db()
    with pymongo.timeout(1):
        database.command("ping")


def object_id(text: object) -> ObjectId | None:
    """The ObjectId that a string of 24 hexadecimal digits names; None for anything else."""
    try:
        return ObjectId(text) if isinstance(text, str) else None
    except InvalidId:
        return None
