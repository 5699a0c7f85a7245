"""A world in which every page has something to show: who there is, what was asked, what became of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.test import Client

from portal.access.models import PersonRequest
from tests.fakes import people as told
from tests.fakes.people import ANA, JOAO, MARIA
from tests.fakes.source import status
from tests.integration.portal.access.conftest import Asked, People
from tests.integration.portal.conftest import Fakes, listing, person
from tests.integration.runs.conftest import Hands, finish

PASSWORD = "quinze-corujas-lentas"
WITH_APP = "with_app"  # an analyst who has a second factor
GONE, ABSENT, UNANSWERED = "16899535009", "86288366757", "15350946056"


@dataclass(frozen=True, kw_only=True)
class World:
    """Sessions by who has them, and what addresses name by what it shows."""

    sessions: dict[str, str]
    ids: dict[str, object] = field(default_factory=dict)

    def path(self, written: str) -> str:
        """An address, of `/dossiers/{maria}/` and the like."""
        return written.format(**self.ids)


def populate(people: People, asked: Asked, fakes: Fakes, hands: Hands) -> World:
    """Builds it, as people do by the pages and workers by their tasks."""
    ids: dict[str, object] = dict(_dossiers(people, asked, fakes))
    ids |= _runs(people, hands, fakes)
    ids |= _rights(people, asked)
    ids |= _requests(people, asked, fakes)
    browsers = {**people.by_name, WITH_APP: _with_an_app()}
    name = settings.SESSION_COOKIE_NAME
    return World(sessions={who: browser.cookies[name].value for who, browser in browsers.items()}, ids=ids)


def _dossiers(people: People, asked: Asked, fakes: Fakes) -> Iterator[tuple[str, object]]:
    """Somebody with two versions and a tall table, somebody in no source, somebody of whom one was silent."""
    fakes["alpha"].people[MARIA] = told.alpha(MARIA, debts=("1000.00", "35.50"))
    fakes["capa"].people[MARIA] = told.capa(MARIA, values=tuple(10.0 + n for n in range(120)))
    asked()
    fakes["alpha"].people[MARIA] = told.alpha(
        MARIA, name="Maria da Silva e Souza", debts=("1000.00", "35.51")
    )
    yield "maria", (maria := asked().dossier_id)
    people["analyst"].post(f"/dossiers/{maria}/versions/1/pin/", {"pinned": "yes"})
    people["analyst"].post(f"/dossiers/{maria}/follow/", {"following": "yes"})
    note = {"kind": "note", "text": "Salário"}
    people["analyst"].post(f"/dossiers/{maria}/versions/2/decide/", note)
    yield "absent", asked(cpf=ABSENT).dossier_id
    for name in ("alpha", "beta"):
        fakes[name].people[JOAO] = told.answer_of(name, JOAO)
    fakes["capa"].always = status(403)
    partial = asked(cpf=JOAO)
    fakes["capa"].always = None
    yield "partial", partial.dossier_id
    yield "partial_request", partial.request_id


def _runs(people: People, hands: Hands, fakes: Fakes) -> Iterator[tuple[str, object]]:
    """A list that has ended, with bad rows and with people who failed; a refresh that is under way."""
    form = {"file": listing(MARIA, JOAO, MARIA, "123", "11111111111"), "purpose": "credit_analysis"}
    fakes["beta"].always = status(403)
    done = int(people["supervisor"].post("/runs/", form)["Location"].split("/")[2])
    finish(hands, done)
    fakes["beta"].always = None
    yield "done", done
    yield "moving", int(people["supervisor"].post("/runs/refresh/")["Location"].split("/")[2])


def _rights(people: People, asked: Asked) -> Iterator[tuple[str, object]]:
    """A contest that readers are told of, a request that is closed, and somebody who was erased."""
    officer = people["privacy_officer"]
    for kind, cpf in (("contest", MARIA), ("report", MARIA)):
        officer.post("/persons/act/", {"cpf": cpf, "act": "take_in", "kind": kind, "note": "por carta"})
    contest, report = PersonRequest.objects.order_by("pk")
    officer.post(f"/persons/requests/{contest.pk}/contest/", {"what": "A dívida de 2018"})
    officer.post(f"/persons/requests/{report.pk}/answer/", {"answer": "Entregue em mãos"})
    yield "erased", asked(cpf=GONE).dossier_id
    officer.post("/persons/act/", {"cpf": GONE, "act": "erase", "note": "a pedido da pessoa", "sure": "on"})


def _requests(people: People, asked: Asked, fakes: Fakes) -> Iterator[tuple[str, object]]:
    """One that was taken back, one that waits, one to which no source answered."""
    yield "cancelled", (cancelled := _ask(people))
    people["analyst"].post(f"/requests/{cancelled}/cancel/")
    yield "waiting", _ask(people)
    for fake in fakes.values():
        fake.always = status(403)
    yield "failed", asked(cpf=UNANSWERED).request_id
    for fake in fakes.values():
        fake.always = None


def _ask(people: People) -> str:
    form = {"cpf": ANA, "purpose": "collection", "fresh": "on"}
    return people["analyst"].post("/", form)["Location"].split("/")[2]


def _with_an_app() -> Client:
    """An analyst who has a second factor, and a password."""
    user = person("analyst", name=WITH_APP)
    user.set_password(PASSWORD)
    user.save()
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    (browser := Client()).force_login(user)
    return browser
