"""What the three sources share: batch, listing, paging, values."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """Brings the command `load_customers`."""

    name = "sources.common"
    label = "sources_common"
