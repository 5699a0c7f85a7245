"""Signing in: who somebody is, and for how long that holds (ops/decisions/0019)."""
