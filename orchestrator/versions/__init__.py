"""What is kept of a person: what stands after a try, its versions, and how they differ."""
