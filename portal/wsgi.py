"""What gunicorn serves."""

import os

from ops.service.chunked import application as with_chunked_bodies
from ops.service.env import select_settings

os.environ["SERVICE"] = "portal"
select_settings()
application = with_chunked_bodies()
