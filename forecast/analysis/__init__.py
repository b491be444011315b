"""Questions that people put to a forecast, a file each: ``from forecast.analysis.explain import explain``.

Nothing is imported here, so that a question costs only what it needs, and ``forecast.analysis.explain`` is
always the file and never its function.
"""
