"""Documented answers, built from the catalogs and sent over real sockets."""
