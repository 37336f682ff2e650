"""All that knows mitmproxy: flows made exchanges, annotations, the content view."""
