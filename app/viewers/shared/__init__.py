"""What several views have in common: keys, picks, steering, answers drawn on pictures, the list of classes."""
