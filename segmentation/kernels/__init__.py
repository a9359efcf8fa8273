"""Kernels for CUDA devices; everything they compute can also be had in standard operators."""
