"""The embedded engines: PostgreSQL, Redis and MongoDB, run from PyPI wheels on loopback.

An engine knows how to prepare its data folder, the command that runs it in the foreground
(whoever supervises owns the process), how to wait for it, how to create its roles and
databases, and its URLs. Everything generated (ports, passwords) is kept in `secrets.json`
of the stack's folder, so a restart finds the same ones.
"""
