"""Resource links in consumer accounts, and the grants to see them."""
