"""Units of areas."""
