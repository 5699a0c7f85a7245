"""What the API tells of a version besides its content: figures, decisions, files."""
