"""The explorer: one HTML file that shows a graph to whoever opens it, with or without Python.

Its script and style sheet are built from the TypeScript in ``src/explorer``; here is what they are
given and how they become a page.
"""
