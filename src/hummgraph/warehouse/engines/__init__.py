"""Engines that join, group and sort tables larger than memory, for computations of ours."""
