"""Session policies: managed policies that narrow a session to one product."""
