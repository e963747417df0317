"""The alert book: every trouble once, from its first sight to its end."""
