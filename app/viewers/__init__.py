"""What the user sees while frames flow: a window, or a line in the terminal."""
