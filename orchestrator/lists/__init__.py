"""Lists of CPFs that people upload: which rows of a file are built, and why others are not."""
