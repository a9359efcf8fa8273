"""What happens beside the steps of a run: files, pictures, lines, stopping."""
