"""PostgreSQL's time: what several processes compare is told by one clock."""

from datetime import datetime

from django.db import connection


def now() -> datetime:
    """When the statement that asks began, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("select statement_timestamp()")
        (at,) = cursor.fetchone()
    moment: datetime = at
    return moment
