"""What an account's own administrator applies before the mesh reaches it: the roles that Meshwarden assumes there."""
