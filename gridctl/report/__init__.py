"""What a report tells: each section gathers its rows; nothing here draws."""
