"""How light falls on a room: lamps and windows with soft shadows, occlusion, gloss, mirrors."""
