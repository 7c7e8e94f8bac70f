"""Computer Vision: pictures in, what is seen and read in them out."""
