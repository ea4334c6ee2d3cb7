"""Four things that halograd finds by entry points: a model, a statistic, a format, a backend."""
