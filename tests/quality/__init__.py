"""How well the search ranks, against what people judged."""
