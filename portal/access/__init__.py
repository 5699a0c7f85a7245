"""Who may see and do what, by which roles and teams, and the record of who did."""
