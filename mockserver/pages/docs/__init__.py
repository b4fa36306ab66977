"""The documentation: generated reference pages, their search, and the documents that come with the package."""
