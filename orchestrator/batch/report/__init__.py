"""What a run has come to."""
