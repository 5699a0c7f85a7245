"""What is on a reader's desk: what they asked for, and whom they find again."""
