"""The runners of the shared cases, one module for each thing that they are about."""
