"""How the pages look and behave in a real browser: in both languages and themes, at all widths."""
