"""Explorer: one HTML file that shows a graph, with or without Python.

Its script and style sheet are built from the TypeScript in ``src/explorer``; this package builds
their input and the page.
"""
