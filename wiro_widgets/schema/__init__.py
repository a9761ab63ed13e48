"""What the service speaks of: models, their prices and their tasks. Pure, and offline."""
