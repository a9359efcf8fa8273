"""Labels made steadier over time: carried along by geometry where it can be trusted, left alone where it cannot."""
