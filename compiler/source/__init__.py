"""Text to trees in which every element and attribute knows its place."""
