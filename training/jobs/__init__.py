"""Long work on many samples, which several commands share: processes, progress, and going on after any end."""
