"""A dossier through time: what changed, what was decided by its versions, as of when it is told."""
