"""What gunicorn serves: Capa."""

from ops.service.env import select_settings
from ops.service.serving.chunked import application as with_chunked_bodies

select_settings("capa")
application = with_chunked_bodies()
