"""The only way in and out for CPFs and payloads, wherever they are stored.

A sealed value is: format byte, length of the key's id, the key's id, a 96-bit nonce, and the
AES-256-GCM ciphertext with its tag (NIST SP 800-38D). The context (what the value is, and of
which dossier) is authenticated, so that a sealed value cannot be passed off as another.
Plain values are canonical JSON (sorted keys), compressed with zstd.
"""

import hmac
import os
import threading
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import orjson
import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from orchestrator import conf
from orchestrator.errors import DestroyedKey, UnknownKey, Unreadable

_FORMAT = 1
_NONCE_BYTES = 12
_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z
_codec = threading.local()


class Key:
    """One AES-256-GCM key under its id."""

    def __init__(self, key_id: str, secret: bytes) -> None:
        self.key_id, self._cipher = key_id.encode(), AESGCM(secret)

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """Encrypts and authenticates; the same value never seals to the same bytes."""
        nonce = os.urandom(_NONCE_BYTES)
        head = bytes((_FORMAT, len(self.key_id))) + self.key_id
        return head + nonce + self._cipher.encrypt(nonce, plain, context)

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """Gives back what was sealed under the same context; raises Unreadable."""
        start = 2 + len(self.key_id)
        nonce, ciphertext = sealed[start : start + _NONCE_BYTES], sealed[start + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, ciphertext, context)
        except (InvalidTag, ValueError):
            raise Unreadable("what is kept was altered, or sealed for another place") from None


@lru_cache(maxsize=1)
def masters() -> dict[bytes, Key]:
    """The master keys of the settings by id, the current one first; read once a process."""
    return {key_id.encode(): Key(key_id, secret) for key_id, secret in conf.master_keys().items()}


def key_id(sealed: bytes) -> bytes | None:
    """The id of the key that a value is sealed with; None where it is not sealed, such as a destroyed key."""
    return sealed[2 : 2 + sealed[1]] if len(sealed) > 2 and sealed[0] == _FORMAT else None


def _seal_with_master(plain: bytes, context: bytes) -> bytes:
    current = next(iter(masters().values()))
    return current.seal(plain, context)


def _unseal_with_master(sealed: bytes, context: bytes) -> bytes:
    name = key_id(sealed)
    if name is None:
        raise Unreadable("not a sealed value")
    key = masters().get(name)
    if key is None:
        raise UnknownKey(f"the master key {name.decode(errors='replace')} is not among MASTER_KEYS")
    return key.unseal(sealed, context)


def new_data_key(owner: bytes) -> tuple[Key, bytes]:
    """A fresh data key of the dossier with that lookup hash; beside it the same, wrapped by the current
    master key."""
    secret = os.urandom(32)
    return Key("d", secret), _seal_with_master(secret, b"data-key:" + owner)


def data_key(wrapped: bytes | memoryview, owner: bytes | memoryview) -> Key:
    """The data key of a dossier, ready to seal and unseal.

    Raises DestroyedKey where it was emptied or overwritten, UnknownKey, and else Unreadable.
    """
    sealed = bytes(wrapped)
    if key_id(sealed) is None:
        raise DestroyedKey("the person's data were erased")
    return Key("d", _unseal_with_master(sealed, b"data-key:" + bytes(owner)))


def rewrapped(wrapped: bytes, owner: bytes) -> bytes:
    """The same data key, wrapped by the current master key. Raises UnknownKey and Unreadable."""
    context = b"data-key:" + owner
    return _seal_with_master(_unseal_with_master(wrapped, context), context)


def rebound(wrapped: bytes, owner: bytes, new_owner: bytes) -> bytes:
    """The same data key, wrapped by the current master key for another lookup hash of its dossier. Raises
    UnknownKey and Unreadable."""
    secret = _unseal_with_master(wrapped, b"data-key:" + owner)
    return _seal_with_master(secret, b"data-key:" + new_owner)


def lookup(cpf: str, key_id: str | None = None) -> bytes:
    """The keyed hash (HMAC-SHA-256, 32 bytes) of a CPF by a lookup key; by the first unless told."""
    key = conf.lookup_key() if key_id is None else conf.lookup_keys()[key_id]
    return hmac.digest(key, b"cpf:" + cpf.encode(), "sha256")


def lookups(cpf: str) -> list[bytes]:
    """The hashes under which a CPF may be found: one by each lookup key."""
    return [lookup(cpf, key_id) for key_id in conf.lookup_keys()]


def content_hash(dossier_id: int, content: bytes) -> bytes:
    """The keyed hash of a dossier's canonical content, by the first lookup key; two dossiers never hash
    alike."""
    return hmac.digest(conf.lookup_key(), b"content:%d:" % dossier_id + content, "sha256")


def list_hash(value: Any) -> bytes:
    """The keyed hash of a list's rows, by which the same list is known."""
    return hmac.digest(conf.lookup_key(), b"list:" + canonical(value), "sha256")


def canonical(value: Any) -> bytes:
    """The one JSON form of a value: sorted keys, Decimals as strings with two places, no floats."""
    return orjson.dumps(value, _plain, _CANONICAL)


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        text = str(value)
        return text if text[-3:-2] == "." else f"{value:.2f}"  # most have two places
    raise TypeError(type(value).__name__)


def pack(content: bytes) -> bytes:
    """Compresses."""
    if not hasattr(_codec, "compressor"):
        _codec.compressor = zstandard.ZstdCompressor(level=1)
    packed: bytes = _codec.compressor.compress(content)
    return packed


def unpack(packed: bytes) -> bytes:
    """Undoes `pack`."""
    if not hasattr(_codec, "decompressor"):
        _codec.decompressor = zstandard.ZstdDecompressor()
    content: bytes = _codec.decompressor.decompress(packed)
    return content


def fingerprint(secret: bytes) -> bytes:
    """What tells keys apart and shows nothing of them (BLAKE2b, 16 bytes)."""
    return blake2b(key=secret, digest_size=16, person=b"fingerprint").digest()


def park(value: Any, place: str) -> bytes:
    """Seals a JSON value that waits in one place (a row, a key in Redis) with the current master key."""
    return park_bytes(canonical(value), place)


def unpark(sealed: bytes | memoryview, place: str) -> Any:
    """Undoes `park` in the same place; raises Unreadable."""
    return orjson.loads(unpark_bytes(sealed, place))


def park_bytes(plain: bytes, place: str) -> bytes:
    """The same for bytes as they are."""
    return _seal_with_master(pack(plain), b"parked:" + place.encode())


def unpark_bytes(sealed: bytes | memoryview, place: str) -> bytes:
    """Undoes `park_bytes` in the same place; raises Unreadable."""
    return unpack(_unseal_with_master(bytes(sealed), b"parked:" + place.encode()))


def answers_hash(dossier_id: int, answers: Iterable[bytes]) -> bytes:
    """The keyed hash (BLAKE2b, 16 bytes) of the raw answers about a dossier's person."""
    digest = blake2b(key=conf.lookup_key(), digest_size=16, person=b"answers")
    digest.update(b"%d" % dossier_id)
    for answer in answers:
        digest.update(b"%d:" % len(answer) + answer)
    return digest.digest()
