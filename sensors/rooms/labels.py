"""The 37 classes of SUN RGB-D by name: the numbers rooms label their surfaces with (VOID, in primitives, is 0)."""

from __future__ import annotations

WALL, FLOOR, CABINET, BED, CHAIR, SOFA, TABLE, DOOR, WINDOW, BOOKSHELF = range(1, 11)
PICTURE, COUNTER, BLINDS, DESK, SHELVES, CURTAIN, DRESSER, PILLOW, MIRROR, FLOOR_MAT = range(11, 21)
CLOTHES, CEILING, BOOKS, FRIDGE, TV, PAPER, TOWEL, SHOWER_CURTAIN, BOX, WHITEBOARD = range(21, 31)
PERSON, NIGHT_STAND, TOILET, SINK, LAMP, BATHTUB, BAG = range(31, 38)
