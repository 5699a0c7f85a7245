"""What goes on by itself: sweeping, watching the workers, forgetting what is old."""
