"""The work on a chunk: fetching, deciding, saving."""
