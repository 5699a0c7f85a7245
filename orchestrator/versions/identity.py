"""Whose dossier it is: the columns by which a person is found, and those that their own key seals."""

from collections.abc import Mapping
from typing import Any, TypedDict

from django.db.models import F
from django.utils import timezone

from orchestrator import conf
from orchestrator.models import Dossier
from orchestrator.sealing import envelopes

_Bytes = bytes | memoryview


def cpf_of(dossier: Dossier) -> str:
    """The person's CPF, 11 digits; raises Unreadable."""
    return unsealed_cpf(dossier.data_key, dossier.cpf_lookup, dossier.cpf_sealed)


def unsealed_cpf(data_key: _Bytes, cpf_lookup: _Bytes, cpf_sealed: _Bytes) -> str:
    """The same from a dossier's columns."""
    return envelopes.data_key(data_key, cpf_lookup).unseal(bytes(cpf_sealed), b"cpf").decode()


class NewDossier(TypedDict):
    """The sealed columns of a new dossier, and the id of the key by which it is found."""

    cpf_lookup: bytes
    lookup_key: str
    cpf_sealed: bytes
    data_key: bytes


def new_dossier(cpf: str, key_id: str | None = None) -> NewDossier:
    """What a new dossier is written with; `key_id` is `lookups.key_for_new`, the first one unless told."""
    key_id = next(iter(conf.lookup_keys())) if key_id is None else key_id
    lookup = envelopes.lookup(cpf, key_id)
    key, wrapped = envelopes.new_data_key(lookup)
    return NewDossier(
        cpf_lookup=lookup,
        lookup_key=key_id,
        cpf_sealed=key.seal(cpf.encode(), b"cpf"),
        data_key=wrapped,
    )


#: What a dossier tells of its person besides the versions, as of one that has none.
NOTHING_KNOWN: Mapping[str, Any] = {
    "provenance": {},
    "completeness": "",
    "checked_at": None,
    "answers_hash": b"",
    "name_sealed": b"",
    "name_version": 0,
    "erased_version": F("latest_version"),
}


def begin_anew(dossier_id: int, destroyed: _Bytes, cpf: str, key_id: str) -> None:
    """A new dossier in the row of one that was erased, whose key is `destroyed`; of two, the first does
    it. `key_id` as of `new_dossier`."""
    erased = Dossier.objects.filter(pk=dossier_id, data_key=bytes(destroyed))
    erased.update(
        **new_dossier(cpf, key_id), **NOTHING_KNOWN, created_at=timezone.now()
    )  # by the clock of asks
