"""As root, engines run as an unprivileged user who already exists; no permission is changed for it.

PostgreSQL refuses to run as root. Where a folder on the way is closed to that user, the process
keeps the one capability that passes through it (`dac_override`).
"""

import os
import pwd
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from ops.engines.errors import StackProblem

CANDIDATES = ("postgres", "nobody", "daemon")


def engine_user(data: Path) -> pwd.struct_passwd | None:
    """The user that an engine with this data folder runs as, or None to run as oneself.

    A data folder that exists keeps the owner it has.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return pwd.getpwuid(data.stat().st_uid)
    for name in CANDIDATES:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise StackProblem(f"PostgreSQL refuses to run as root and none of {', '.join(CANDIDATES)} exists here.")


def drop(argv: list[str], user: pwd.struct_passwd | None, paths: Iterable[Path]) -> list[str]:
    """The command that runs `argv` as that user, able to reach these paths."""
    if user is None:
        return argv
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise StackProblem("setpriv is missing (package util-linux): install it, or run as an ordinary user.")
    prefix = [setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--no-new-privs"]
    if any(_is_closed(path) for path in paths):
        # access(2) leaves capabilities aside, unless this bit says that the kernel shall not: PostgreSQL's
        # programs look so for one another.
        prefix += [
            "--securebits=+no_setuid_fixup",
            "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override",
        ]
    return [*prefix, *argv]


def _is_closed(path: Path) -> bool:
    return any(not parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)


def own(path: Path, user: pwd.struct_passwd | None) -> None:
    """Creates a folder that only this user may enter, where it is missing."""
    path.mkdir(mode=0o700, exist_ok=True)
    if user is not None and path.stat().st_uid != user.pw_uid:
        os.chown(path, user.pw_uid, user.pw_gid)
