"""When which chunk is worked on, and when a run pauses, goes on and ends."""
