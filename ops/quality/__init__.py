"""`ops/test` and `ops/check`: each runs once per service, because a process has one settings module."""
