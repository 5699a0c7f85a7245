"""Somebody is found by a part of their name, among the dossiers that a reader asked for lately.

Names are sealed one by one, so each is opened and looked at: no index of them is kept, which would outlive an
erasure in a backup. Who was asked for last is looked at first, and what suffices ends the search.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from orchestrator.requests.asked_for import SINCE_IT_BEGAN, THEIRS
from orchestrator.versions import headlines

LOOKED_THROUGH = 100_000  # dossiers; those that were asked for longer ago are not looked at
OPENED = 5000  # contents of versions whose names were not noted yet: each costs as much as thirty names
_AT_ONCE = 4000
_WORDS = re.compile(r"[^\W_]+")
_ACCENTS = re.compile("[\u0300-\u036f]+")  # combining marks


@dataclass(frozen=True, kw_only=True)
class Among:
    """Among which dossiers: those that this owner, or the team, asked for within that time, and those that
    they follow, by id since when, or with a list, by the ids of these runs."""

    owner: str
    team: str
    within: timedelta
    following: Mapping[int, datetime]
    lists: Sequence[int]


@dataclass(frozen=True, kw_only=True)
class Found:
    """Dossiers, the one that was asked for last first, and whether there are more of that name.

    Somebody may be missing: of `unread` dossiers the name could not be read, or was not looked at; `cut`:
    there are so many that the oldest were not looked at.
    """

    dossier_ids: tuple[int, ...]
    more: bool = False
    unread: int = 0
    cut: bool = False


def folded(text: str) -> list[str]:
    """The words of a text, blind to accents, capitals and signs: compared by these."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return _WORDS.findall(letters if letters.isascii() else _ACCENTS.sub("", letters))


def by_name(name: str, among: Among, *, at_most: int) -> Found:
    """Whose name has, in any order, a word for each word of `name` that begins with it: `silva mar` finds
    Maria da Silva. Nobody without a word."""
    wanted, visible = sorted(folded(name), key=len, reverse=True), _visible(among)
    found, unread, budget = list[int](), 0, OPENED
    for start in range(0, len(visible) if wanted else 0, _AT_ONCE):
        ids = visible[start : start + _AT_ONCE]
        named = headlines.all_names(ids, at_most=budget)
        budget -= named.contents
        unread += len(named.unnoted) + len(named.closed)
        found += [pk for pk in ids if pk in named.names and _is(wanted, folded(named.names[pk]))]
        if len(found) > at_most:
            break
    more = len(found) > at_most
    cut = len(visible) == LOOKED_THROUGH and not more
    return Found(dossier_ids=tuple(found[:at_most]), more=more, unread=unread, cut=cut)


def _is(wanted: Iterable[str], words: Iterable[str]) -> bool:
    """Whether each wanted word, the longest first, begins a word of its own."""
    left = sorted(words, key=len)
    for each in wanted:
        begun = next((word for word in left if word.startswith(each)), None)
        if begun is None:
            return False
        left.remove(begun)
    return True


def _visible(among: Among) -> Sequence[int]:
    values: dict[str, Any] = {
        "owner": among.owner,
        "team": among.team,
        "within": among.within,
        "followed": list(among.following),
        "since": list(among.following.values()),
        "lists": list(among.lists),
        "most": LOOKED_THROUGH,
    }
    with connection.cursor() as cursor:
        cursor.execute(_VISIBLE, values)
        return [pk for (pk,) in cursor.fetchall()]


# As `asked_for` decides of one dossier; whoever shows what was found asks that once more.
_VISIBLE = f"""
with theirs (id, at) as (
     select build.dossier_id, max(asked.created_at)
       from orchestrator_dossierrequest as asked
       join orchestrator_build as build on build.id = asked.build_id
      where standing_version is not null and asked.created_at > now() - %(within)s
        and {THEIRS.format(asked="asked.")}
      group by 1
      union all
     select unnest(chunk.dossier_ids), run.created_at
       from orchestrator_run as run
       join orchestrator_chunk as chunk on chunk.run_id = run.id
      where not run.over_everybody
        and (run.created_at > now() - %(within)s and {THEIRS.format(asked="")}
             or run.id = any(%(lists)s::bigint[]))
      union all
     select * from unnest(%(followed)s::bigint[], %(since)s::timestamptz[])),
     lately as (select id, max(at) as at from theirs group by 1)
select dossier.id
  from lately join orchestrator_dossier as dossier using (id)
 where dossier.latest_version > dossier.erased_version and {SINCE_IT_BEGAN.format(at="lately.at")}
 order by lately.at desc, dossier.id desc
 limit %(most)s
"""  # noqa: S608  # nosec B608  # of constants
