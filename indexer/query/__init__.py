"""From what people type to a tree of nodes."""
