"""Builders of everything that stands, hangs or lies about in a room; each draws one random instance."""
