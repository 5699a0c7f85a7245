"""What gunicorn serves: Alpha."""

from ops.service.env import select_settings
from ops.service.serving.chunked import application as with_chunked_bodies

select_settings("alpha")
application = with_chunked_bodies()
