"""The report: scores as JSON, as tables to read, and on one page with the pictures."""
