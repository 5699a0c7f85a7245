"""Loads the demo cast and any number of generated customers into this source."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from itertools import islice
from typing import Any, Protocol, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from fixtures import generator
from fixtures.cast import CAST
from fixtures.records import Record

CHUNK = 2000


class Loading(Protocol):
    """What each source's `loading` module offers."""

    def known(self) -> set[str]:
        """The CPFs that the source has."""

    def insert(self, records: Sequence[Any]) -> None:
        """Adds records whose CPFs the source does not have, in bulk."""


class Command(BaseCommand):
    """Safe to run again: adds who is missing, and leaves alone who is there, edited or not."""

    requires_system_checks = ()  # loading is part of every start of the demo: it has to be quick
    help = "Loads the demo customers: the named cast, and --customers generated ones."

    def add_arguments(self, parser: CommandParser) -> None:
        """How many, and which."""
        parser.add_argument("--customers", type=int, default=200, help="generated customers (default 200)")
        parser.add_argument("--seed", type=int, default=1, help="another seed gives other customers")

    def handle(self, *args: Any, customers: int, seed: int, **options: Any) -> None:
        """Says how many were added."""
        loading = cast(Loading, import_module(f"sources.{settings.SERVICE}.loading"))
        records = missing(settings.SERVICE, customers, seed, loading.known())
        added = 0
        while chunk := list(islice(records, CHUNK)):
            loading.insert(chunk)
            added += len(chunk)
        self.stdout.write(f"{settings.SERVICE}: {added} customers added")


def missing(source: str, count: int, seed: int, known: set[str]) -> Iterator[Record]:
    """The records of a source that it does not have yet: the cast's, then the generated ones."""
    for person in CAST:
        record = person.at(source)
        if record is not None and person.cpf not in known:
            yield record
    make = generator.RECORDS[source]
    for customer in generator.customers(count, seed):
        if source in customer.sources and customer.cpf not in known:
            yield make(customer, seed)
