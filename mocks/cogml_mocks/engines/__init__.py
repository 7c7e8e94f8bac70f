"""Local engines that compute the answers; none is imported before it is first asked."""
