"""What is on a reader's desk: what they asked for, whom they find again, what they follow, and decide."""
