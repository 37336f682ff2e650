"""Reads HAR files, including the deviations of the tools that write them."""
