"""What a grid has found: tables, figures and plots, made anew from the runs' folders whenever it is asked for."""
