"""What the server answers, one module per family of endpoints."""
