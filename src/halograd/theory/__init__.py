"""Physics that catalogues and statistics need: cosmologies, NFW halos, linear matter."""
