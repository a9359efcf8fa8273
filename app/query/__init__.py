"""What a click is answered with: what is at a pixel, how far apart two are, and how large a thing is."""

from app.query.pixel import DistanceAnswer, PixelAnswer, RunnerUp, query_distance, query_pixel
from app.query.region import Box, RegionAnswer, query_region

__all__ = [
    "Box",
    "DistanceAnswer",
    "PixelAnswer",
    "RegionAnswer",
    "RunnerUp",
    "query_distance",
    "query_pixel",
    "query_region",
]
