"""A real Parse Server, and a driver that makes it err and succeed in many ways."""
