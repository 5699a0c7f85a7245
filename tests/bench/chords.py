"""A chord for each CPF: asks for so many people who have no dossier yet, and waits for all of them.

Runs in a stack's environment (`STACK_DIR`, `SERVICE=portal`), and prints CPFs a second.
"""

import sys
import time

import django

from fixtures import generator
from ops.service.env import select_settings
from tests.stack import eventually

LONGEST_SECONDS = 300
MOST_AT_ONCE = 64  # below what is always accepted of an owner, and more than the workers have in hand
SEED = 1  # the stack's own customers, who are known to the sources


def main(number: int) -> float:
    """Asks past the kept copies, so that every source is called."""
    from orchestrator import dossiers
    from orchestrator.models import Build

    def active() -> int:
        return Build.objects.filter(finished_at=None).count()

    people = [customer.cpf for customer in generator.customers(number, SEED)]
    began = time.perf_counter()
    for cpf in people:
        eventually(active, until=lambda count: count < MOST_AT_ONCE, seconds=LONGEST_SECONDS)
        dossiers.request(cpf=cpf, purpose="account_review", owner="bench", fresh=True)
    eventually(active, until=lambda count: count == 0, seconds=LONGEST_SECONDS)
    return number / (time.perf_counter() - began)


if __name__ == "__main__":
    select_settings()
    django.setup()
    print(main(int(sys.argv[1])))
