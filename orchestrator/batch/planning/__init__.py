"""Who a run is about, cut into chunks."""
