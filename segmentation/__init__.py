"""Arrays in, labels out: the networks, the malleable operator, preprocessing, checkpoints and engines."""
