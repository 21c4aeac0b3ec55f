"""Files that the product must go on writing, byte for byte, and the small blog that they are of."""
