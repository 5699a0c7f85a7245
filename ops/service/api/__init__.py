"""What goes in and out of every API: bodies, inputs, and what is told where something failed."""
