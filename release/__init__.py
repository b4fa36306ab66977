"""What happens before a release: `make release-check` builds and tries everything that a release publishes.

The steps are in modules of their own, and `release.steps` lists them in their order. `docs/releasing.md` has the rest.
"""
