"""The pictures of an evaluation, each as the bytes of a PNG."""
