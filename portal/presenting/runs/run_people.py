"""Who was built in a run, by name, for who may see it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orchestrator.errors import Unreadable
from orchestrator.records.dossiers import DossierView
from orchestrator.records.runs import MemberResult, RunStatus
from portal.presenting import formats, words
from portal.presenting.words import Sign, Words

A_PAGE = 50
WAITING = "waiting"
# Of one person, where `words.RUN_OUTCOMES` tells how many.
_WORDS = {
    "failed": gettext_lazy("falhou"),
    "partial": gettext_lazy("parcial"),
    "new": gettext_lazy("novo"),
    "changed": gettext_lazy("mudou"),
    "unchanged": gettext_lazy("sem mudança"),
    "skipped": gettext_lazy("já conferido"),
    "cancelled": gettext_lazy("cancelado"),
}
_SIGNS = {key: replace(words.RUN_OUTCOMES[key], word=word) for key, word in _WORDS.items()}
_SIGNS[WAITING] = Sign(word=gettext_lazy("aguardando"), icon="clock", tone="calm")


@dataclass(frozen=True, kw_only=True)
class PersonLine:
    """Somebody in a run. `name` and `cpf` (masked) are empty where there is nobody to name: `why` says it."""

    dossier_id: int | None
    name: str
    cpf: str
    line: int | None
    sign: Sign
    why: tuple[tuple[str, Words], ...]


@dataclass(frozen=True, kw_only=True)
class OutcomeChoice:
    """An outcome that the page may be narrowed to, and how many there are of it."""

    key: str
    word: Words
    number: int
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class PeoplePage:
    """A page of a run's people."""

    people: tuple[PersonLine, ...]
    choices: tuple[OutcomeChoice, ...]
    chosen: str
    page: int
    pages: int
    from_list: bool

    @classmethod
    def of(
        cls,
        status: RunStatus,
        found: Iterable[tuple[MemberResult, DossierView | Unreadable | None]],
        labels: Mapping[str, str],
        *,
        outcome: str,
        page: int,
    ) -> "PeoplePage":
        """`found` are those of the page; `labels` are the sources'."""
        people = tuple(_person(member, read, labels) for member, read in found)
        number = numbers(status)[outcome]
        return cls(
            people=people,
            choices=tuple(
                OutcomeChoice(key=key, word=_choice(key), number=each, chosen=key == outcome)
                for key, each in numbers(status).items()
                if each or key == outcome
            ),
            chosen=outcome,
            page=page,
            pages=max(-(-number // A_PAGE), 1),
            from_list=status.kind == "list",
        )


def numbers(status: RunStatus) -> dict[str, int]:
    """How many people there are to be paged through, by outcome; under the empty one all."""
    waiting = max(status.total - status.totals.counted, 0)
    return {"": status.total, **vars(status.totals), WAITING: waiting}


def _choice(key: str) -> Words:
    if not key:
        return _("todos")
    return _("aguardando") if key == WAITING else words.RUN_OUTCOMES[key].word


def _person(
    member: MemberResult, read: DossierView | Unreadable | None, labels: Mapping[str, str]
) -> PersonLine:
    view = read if isinstance(read, DossierView) else None
    name = view.person.get("name") if view else None
    why = [(labels.get(source, source), words.error(code)) for source, code in member.errors.items()]
    if isinstance(read, Unreadable):
        why = [("", words.error(read.code))]  # no source's fault
    return PersonLine(
        dossier_id=member.dossier_id if view else None,
        name=str(name) if name else "",
        cpf=formats.masked_cpf(view.cpf) if view else "",
        line=member.line,
        sign=_SIGNS[member.outcome],
        why=tuple(why),
    )
