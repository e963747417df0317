"""The engine's server settings: caches and pools sized for a neighbour on a small machine."""

from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement

_MIB = 1024 * 1024
_CACHES = {
    "mark_cache_size": 64 * _MIB,
    "index_mark_cache_size": 16 * _MIB,
    "primary_index_cache_size": 64 * _MIB,
    "uncompressed_cache_size": 0,
    "index_uncompressed_cache_size": 0,
    "vector_similarity_index_cache_size": 0,
    "compiled_expression_cache_size": 16 * _MIB,
    "query_condition_cache_size": 8 * _MIB,
    "mmap_cache_size": 64,
    "max_thread_pool_free_size": 16,
}


@dataclass(frozen=True)
class EngineLimits:
    """What the engine may take."""

    max_memory_bytes: int = 1536 * _MIB
    merge_threads: int = 2


def write(path: Path, limits: EngineLimits) -> None:
    """Write the engine's configuration file."""
    root = Element("clickhouse")
    values = {
        **_CACHES,
        "max_server_memory_usage": limits.max_memory_bytes,
        "background_pool_size": limits.merge_threads,
        "background_schedule_pool_size": limits.merge_threads,
    }
    for name, value in values.items():
        SubElement(root, name).text = str(value)
    ElementTree(root).write(path, encoding="utf-8")
