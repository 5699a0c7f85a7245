"""The embedded stack: `ops/up`, `ops/down` and `ops/status`."""
