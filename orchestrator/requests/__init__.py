"""One person's ask, from its row to its end."""
