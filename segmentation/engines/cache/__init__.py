"""What engines make once and keep: exported graphs, compiled networks, and the reports that accepted them.

Every entry is a folder under the user's cache folder, named after all that it depends on. It is made under another name
and renamed when it is whole, under a lock, so that two programs that want it at once make it once; a lock goes with the
process that holds it. An entry that is damaged or cannot be loaded is made again. Beyond LIMIT_BYTES the entries that
were not used for longest go. Where the cache folder cannot be used, entries live as long as the program.
"""

from segmentation.engines.cache.engine_cache import LIMIT_BYTES, EngineCache
from segmentation.engines.cache.folder import cache_folder
from segmentation.engines.cache.sealing import StaleEntryError, file_sha256, seal

__all__ = ["LIMIT_BYTES", "EngineCache", "StaleEntryError", "cache_folder", "file_sha256", "seal"]
