"""The keys that the embedded stack generates once: Django's secret, master keys, lookup key."""

import base64
import secrets

from ops.engines.files import Record


def generated_keys(record: Record) -> dict[str, str]:
    """SECRET_KEY, MASTER_KEYS and LOOKUP_KEY, the same ones at every start."""
    return {
        "SECRET_KEY": str(record.once("secret_key", lambda: secrets.token_urlsafe(48))),
        "MASTER_KEYS": str(record.once("master_keys", lambda: f"k1:{_key()}")),
        "LOOKUP_KEY": str(record.once("lookup_key", _key)),
    }


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
