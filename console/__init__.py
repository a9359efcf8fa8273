"""What both command lines share: lines to the user, signals, errors and exit codes, files written whole."""
