"""What gunicorn serves: Alpha."""

import os

from ops.service.chunked import application as with_chunked_bodies

os.environ["SERVICE"] = "alpha"
os.environ["DJANGO_SETTINGS_MODULE"] = "sources.alpha.settings"

application = with_chunked_bodies()
