"""Charts as values: each function makes a specification for Vega-Lite 5, and draws nothing."""
