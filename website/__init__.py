"""The documentation as a site: `python -m website` builds it into build/site, in English and in Chinese."""
