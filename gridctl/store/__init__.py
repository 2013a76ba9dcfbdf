"""The DuckDB file: opened late, closed early, written in short transactions."""
