"""What a source's answer must be, value by value. Pure."""
