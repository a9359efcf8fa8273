"""What a run begins with: weights from a file, or the run that it goes on with."""
