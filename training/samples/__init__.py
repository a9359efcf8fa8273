"""Which prepared samples a folder offers to whom. Nothing here loads torch, so a refusal does not wait for it."""
