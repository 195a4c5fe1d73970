"""The pages: what people read in a browser, drawn on the server from the same reads as the API."""

from service.web.site import install

__all__ = ["install"]
