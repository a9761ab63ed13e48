"""What one person's experiments are made of: requests, runs, the library that keeps them."""
