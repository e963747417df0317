#!/bin/sh
# Writes the hash-pinned locks: dev.txt for everything together, then one per image under the same versions.
set -eu
cd "$(dirname "$0")/.."
UV=${UV:-.venv/bin/uv}
OWN="--no-emit-package bellwether-contracts --no-emit-package bellwether-backend --no-emit-package bellwether-ws-monitor
 --no-emit-package bellwether-metrics-publisher --no-emit-package bellwether-local-stack"
compile() { # OUTPUT INPUT...
    output=$1
    shift
    # shellcheck disable=SC2086 # OWN is a list of flags
    "$UV" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
        --custom-compile-command "make lock" $OWN "$@" --output-file "requirements/$output"
}
compile dev.txt --group dev pyproject.toml "${@}"
for member in backend ws_monitor metrics_publisher; do
    compile "$member.txt" "$member/pyproject.toml" --constraint requirements/dev.txt
done
compile mlflow.txt requirements/mlflow.in --constraint requirements/dev.txt
compile bootstrap.txt requirements/bootstrap.in
