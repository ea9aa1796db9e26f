"""The tool gate's door: tools for agents of every framework, over the Model Context Protocol."""
