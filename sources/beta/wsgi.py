"""What gunicorn serves: Beta."""

import os

from ops.service.chunked import application as with_chunked_bodies

os.environ["SERVICE"] = "beta"
os.environ["DJANGO_SETTINGS_MODULE"] = "sources.beta.settings"

application = with_chunked_bodies()
