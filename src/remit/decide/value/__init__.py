"""Value: what a use case brought, estimated so that a claim can be refused."""
