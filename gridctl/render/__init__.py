"""Turn answers into text. The only part of gridctl that imports rich."""
