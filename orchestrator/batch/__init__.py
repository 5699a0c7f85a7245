"""Many dossiers renewed together: runs, their chunks, and the lists that people upload."""
