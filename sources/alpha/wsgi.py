"""What gunicorn serves: Alpha."""

from ops.service.chunked import application as with_chunked_bodies
from ops.service.env import select_settings

select_settings("alpha")
application = with_chunked_bodies()
