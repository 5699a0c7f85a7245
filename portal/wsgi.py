"""What gunicorn serves."""

import sys

from django.core.exceptions import ImproperlyConfigured

from ops.service.env import select_settings
from ops.service.serving.chunked import application as with_chunked_bodies
from orchestrator.errors import UnknownKey

select_settings("portal")
application = with_chunked_bodies()

from orchestrator import dossiers  # noqa: E402 (only now are there models)

_NOT_TRIED_AGAIN = 3  # the exit status by which gunicorn gives up

try:
    dossiers.require_keys()
except (UnknownKey, ImproperlyConfigured) as lacking:
    sys.stderr.write(f"{lacking}\n")
    sys.exit(_NOT_TRIED_AGAIN)
