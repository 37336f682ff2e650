"""Reads HAR files, with the peculiarities of the tools that write them."""
