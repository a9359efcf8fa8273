"""The network family: residual encoders, PixelShuffle decoder, and the sizes of each member."""
