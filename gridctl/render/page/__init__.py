"""The report as one HTML page: charts, words and tables, with nothing fetched from anywhere."""
