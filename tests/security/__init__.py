"""Attacks on running services: what must be refused is tried, over real sockets, and what it would have done
is looked for afterwards."""
