"""Charts of figures: SVG that the server draws, a sentence that says what it shows, and its table."""
