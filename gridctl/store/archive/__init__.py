"""Rows of the store kept as partitioned Parquet, exactly as they stood, to be brought back so."""
