"""Files out: masks, video, clouds, pictures, recordings and the stats; each appears whole or not at all."""
