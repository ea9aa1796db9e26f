"""Door: runs of agents over HTTP."""
