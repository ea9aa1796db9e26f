"""The door for model calls over HTTP."""
