"""What gunicorn serves: Capa."""

import os

from ops.service.chunked import application as with_chunked_bodies

os.environ["SERVICE"] = "capa"
os.environ["DJANGO_SETTINGS_MODULE"] = "sources.capa.settings"

application = with_chunked_bodies()
