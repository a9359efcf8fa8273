"""Where things go: against walls, in rows, onto other things; and what is left free."""
