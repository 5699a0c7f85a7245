"""Speaks a source's batch contract over HTTP. Nothing of a body ends up in an error."""

import base64
import time
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from orchestrator import conf
from orchestrator.clients import answers
from orchestrator.clients.tokens import Token, Tokens
from orchestrator.clients.transport import Answer, Transport
from orchestrator.errors import BadAnswer, BadCredentials, Limited, Refused, ServerError
from orchestrator.records import Block, Source

_BATCH_PATH = "/api/customers/batch/"
_TOKEN_PATH = "/api/oauth/token/"  # noqa: S105 - an address, not a secret


class HttpClient:
    """The client of one source (clients.protocol.Client); safe to share between threads."""

    def __init__(self, source: Source, endpoint: conf.Endpoint | None = None) -> None:
        self.source = source
        self._endpoint = endpoint or conf.endpoint(source.name)
        self._transport = Transport(self._endpoint.url)
        self._tokens = Tokens(source.name, self._issue_token)

    def fetch(self, cpfs: Sequence[str]) -> Mapping[str, Block | BadAnswer]:
        """For each CPF asked a block, or why its part cannot be used; raises a SourceError.

        Token and answer together take `SOURCE_CALL_SECONDS` at most: less than a lease.
        """
        body, ends_at = orjson.dumps({"cpfs": list(cpfs)}), time.monotonic() + conf.CALL_SECONDS
        token = self._tokens.current(ends_at)
        answer = self._ask(body, token, ends_at)
        if answer.status == 401:
            answer = self._ask(body, self._tokens.after_refusal(token, ends_at), ends_at)
        if answer.status == 401:
            raise BadCredentials("the source refuses our token", status_code=401)
        return answers.parse(self.source, cpfs, _json(_accept(answer)))

    def _ask(self, body: bytes, token: str, ends_at: float) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return self._transport.post(_BATCH_PATH, body=body, headers=headers, ends_at=ends_at)

    def _issue_token(self, ends_at: float) -> Token:
        """Raises BadCredentials where the source refuses the client, else as any call."""
        pair = f"{self._endpoint.client_id}:{self._endpoint.client_secret}".encode()
        headers = {
            "Authorization": f"Basic {base64.b64encode(pair).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        answer = self._transport.post(
            _TOKEN_PATH,
            body=b"grant_type=client_credentials&scope=read",
            headers=headers,
            ends_at=ends_at,
        )
        if 400 <= answer.status < 500 and answer.status != 429:
            raise BadCredentials("the source gives us no token", status_code=answer.status)
        return _token(_json(_accept(answer)))


def _accept(answer: Answer) -> Answer:
    """Passes a 200 on; raises what any other status means."""
    status = answer.status
    if status == 200:
        return answer
    if status == 429:
        raise Limited(retry_after=answer.retry_after, status_code=status)
    if 400 <= status < 500:
        raise Refused(status_code=status)
    if status >= 500:
        raise ServerError(retry_after=answer.retry_after, status_code=status)
    raise BadAnswer("a status that the contract does not have", status_code=status)


def _json(answer: Answer) -> Any:
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        raise BadAnswer("the answer is not JSON", status_code=answer.status) from None


def _token(answer: Any) -> Token:
    match answer:
        case {"access_token": str(value), "expires_in": int(seconds)} if value and seconds > 0:
            return Token(value=value, seconds=float(seconds))
    raise BadAnswer("the token's answer is not as promised")
