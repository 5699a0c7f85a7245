"""Records laid out for reading, a module for each page; words and formats."""
