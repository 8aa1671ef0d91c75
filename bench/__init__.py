"""What Kolben costs, beside its peers: ``python -m bench --help``.

`rounds` takes the time so that noise hits everybody alike, `report` is what a benchmark
hands back, `goals` says what is wanted, `cases` and `apps` are the requests and the apps
that answer them. The benchmarks are the modules named in `bench.__main__.BENCHES`, each
with a `run(options) -> Report`.
"""
