"""NVIDIA's TensorRT, 10 and 11: building a plan from a graph, loading it, running it."""
