"""`--view web`: what is seen, in a browser, by viser."""
