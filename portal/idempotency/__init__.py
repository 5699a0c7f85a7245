"""What was done once is not done again: answers, kept under the keys that clients sent with their asks."""
