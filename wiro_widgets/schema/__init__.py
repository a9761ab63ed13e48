"""What a model takes and what it costs: pure, and offline."""
