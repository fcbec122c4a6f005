"""Tables as Parquet files whose bytes follow from their rows alone."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq


def parquet_bytes(
    table: pa.Table,
    *,
    level: int,
    repeated: Sequence[str],
    numbers: Sequence[str] = (),
    checksums: bool = False,
) -> bytes:
    """One row group, compressed with Zstandard.

    Args:
        table: to be written.
        level: of the compression.
        repeated: columns whose values come again and are written once each, in a dictionary.
        numbers: paths of columns of floats, whose first bytes are put together, then their second ones, ...:
            they compress better so.
        checksums: whether each page carries its own, by which damage is found.
    """
    stream = io.BytesIO()
    pq.write_table(
        table.combine_chunks(),
        stream,
        row_group_size=max(len(table), 1),
        compression="zstd",
        compression_level=level,
        use_dictionary=list(repeated),
        use_byte_stream_split=list(numbers),
        write_statistics=False,
        write_page_checksum=checksums,
        store_schema=False,
    )
    return stream.getvalue()
