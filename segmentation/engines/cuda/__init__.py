"""Torch on a GPU: whole frames go up raw, and one graph of launches makes labels of them."""
