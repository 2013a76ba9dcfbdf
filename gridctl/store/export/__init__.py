"""The tables in other forms: Parquet, CSV, and one SQLite file."""
