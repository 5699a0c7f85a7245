"""Who a machine client is, what its token allows, and how it gets one."""
