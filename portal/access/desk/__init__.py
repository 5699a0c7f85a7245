"""What is on a reader's desk: what they asked for, whom they find again, and what they follow."""
