"""Image search: Bing's interface and SearXNG's, over one gallery."""
