"""How many dossiers of a run ended how, and how quickly."""
