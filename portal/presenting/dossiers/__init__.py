"""A dossier laid out for reading: its page, figures, sections, differences and decisions."""
