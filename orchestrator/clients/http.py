"""Speaks a source's batch contract over HTTP. Nothing of a body ends up in an error."""

import base64
from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import urlencode

import msgspec
import orjson
from msgspec import Meta, Struct

from orchestrator import conf
from orchestrator.clients.parsing import answers
from orchestrator.clients.parsing.answers import Listing
from orchestrator.clients.tokens import Token, Tokens
from orchestrator.clients.transport import Answer, Limits, Transport
from orchestrator.errors import BadAnswer, BadCredentials, Limited, Refused, ServerError
from orchestrator.records.dossiers import Block
from orchestrator.records.sources import Source

_BATCH_PATH = "/api/customers/batch/"
_CPFS_PATH = "/api/customers/cpfs/"
_TOKEN_PATH = "/api/oauth/token/"  # noqa: S105  # nosec B105  # an address


class HttpClient:
    """The client of one source (`registry.SourceClient`); safe to share between threads."""

    def __init__(self, source: Source, endpoint: conf.Endpoint | None = None) -> None:
        self.source = source
        self._endpoint = endpoint or conf.endpoint(source.name)
        self._transport = Transport(self._endpoint.url)
        self._tokens = Tokens(source.name, self._issue_token)
        self._parser = answers.Parser(source)

    def fetch(self, cpfs: Sequence[str]) -> Mapping[str, Block | BadAnswer]:
        """For each CPF asked a block, or why its part cannot be used; raises a SourceError.

        Token and answer together take `SOURCE_CALL_SECONDS` at most: less than a lease.
        """
        return self._parser.blocks(cpfs, self._batch(cpfs, Limits.single()))

    def fetch_raw(self, cpfs: Sequence[str]) -> bytes:
        """The answer about many CPFs as it came, for `answers.by_cpf`; raises a SourceError.

        Takes `RUN_CALL_SECONDS` at most, and may have `RUN_ANSWER_BYTES`.
        """
        return self._batch(cpfs, Limits.bulk())

    def cpfs(self, cursor: str, limit: int) -> Listing:
        """Some of all CPFs that the source knows, from a cursor on ("": the start).

        Raises a SourceError.
        """
        query = urlencode({"cursor": cursor, "limit": limit})
        return answers.listing(self._authorized("GET", f"{_CPFS_PATH}?{query}", Limits.bulk()))

    def _batch(self, cpfs: Sequence[str], limits: Limits) -> bytes:
        return self._authorized("POST", _BATCH_PATH, limits, orjson.dumps({"cpfs": list(cpfs)}))

    def _authorized(self, method: str, path: str, limits: Limits, body: bytes | None = None) -> bytes:
        token = self._tokens.current(limits.ends_at)
        answer = self._ask(method, path, limits, body, token)
        if answer.status == 401:
            token = self._tokens.after_refusal(token, limits.ends_at)
            answer = self._ask(method, path, limits, body, token)
        if answer.status == 401:
            raise BadCredentials("the source refuses our token", status_code=401)
        return _accepted(answer)

    def _ask(self, method: str, path: str, limits: Limits, body: bytes | None, token: str) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return self._transport.call(method, path, body=body, headers=headers, limits=limits)

    def _issue_token(self, ends_at: float) -> Token:
        """Raises BadCredentials where the source refuses the client, else as any call."""
        pair = f"{self._endpoint.client_id}:{self._endpoint.client_secret}".encode()
        headers = {
            "Authorization": f"Basic {base64.b64encode(pair).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        answer = self._transport.call(
            "POST",
            _TOKEN_PATH,
            body=b"grant_type=client_credentials&scope=read",
            headers=headers,
            limits=Limits.single(ends_at),
        )
        if 400 <= answer.status < 500 and answer.status != 429:
            raise BadCredentials("the source gives us no token", status_code=answer.status)
        issued: _Issued = answers.read(_issued, _accepted(answer))
        return Token(value=issued.access_token, seconds=float(issued.expires_in))


def _accepted(answer: Answer) -> bytes:
    """The body of a 200; raises what any other status means."""
    status = answer.status
    if status == 200:
        return answer.body
    if status == 429:
        raise Limited(retry_after=answer.retry_after, status_code=status)
    if 400 <= status < 500:
        raise Refused(status_code=status)
    if status >= 500:
        raise ServerError(retry_after=answer.retry_after, status_code=status)
    raise BadAnswer("a status that the contract does not have", status_code=status)


class _Issued(Struct):
    """What is read of a token's answer (RFC 6749, 5.1)."""

    access_token: Annotated[str, Meta(min_length=1)]
    expires_in: Annotated[int, Meta(gt=0, lt=2**31)]


_issued = msgspec.json.Decoder(_Issued)
