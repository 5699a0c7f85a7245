"""Between gunicorn and the views: bodies in chunks, middleware, health, log lines."""
