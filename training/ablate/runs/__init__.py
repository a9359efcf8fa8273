"""One run of a grid: its options as words, its files, and the process that trains it."""
