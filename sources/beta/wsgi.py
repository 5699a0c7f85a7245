"""What gunicorn serves: Beta."""

from ops.service.env import select_settings
from ops.service.serving.chunked import application as with_chunked_bodies

select_settings("beta")
application = with_chunked_bodies()
