"""What a dossier comes to: figures and flags by declared formulas. Pure: records in, records out."""
