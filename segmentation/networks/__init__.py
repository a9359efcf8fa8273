"""The two network families: residual encoders, their decoders, and the sizes of each member."""
