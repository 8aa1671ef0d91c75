#!/bin/sh
# Usage: tools/venv.sh FOLDER EXTRA [PYTHON]
# Makes the virtual environment FOLDER, unless there is a good one, and installs this checkout into
# it with EXTRA, editable. PYTHON, or else the first Python >= 3.11 that is found, makes it.
set -eu

folder=$1 extra=$2 python=${3:-}

fits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for each in $python python3 python3.13 python3.12 python3.11 \
        "$HOME"/.pyenv/versions/3.1[1-9]*/bin/python /opt/homebrew/bin/python3; do
        if fits "$each"; then
            echo "$each"
            return
        fi
        if [ -n "$python" ]; then break; fi # a Python that was asked for is not replaced in silence
    done
    echo "Kolben needs Python 3.11 or newer; ${python:-python3} is not. Say: make PYTHON=/path/to/it" >&2
    exit 1
}

if ! fits "$folder/bin/python"; then
    python=$(find_python)
    echo "making $folder with $("$python" --version)"
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --clear --python "$python" "$folder"
    elif ! "$python" -m venv --clear "$folder"; then
        echo "$python cannot make a virtual environment; on Debian: apt install python3-venv" >&2
        exit 1
    fi
fi

echo "installing kolben[$extra] into $folder"
if command -v uv >/dev/null 2>&1; then
    uv pip install --quiet --python "$folder/bin/python" --editable ".[$extra]"
else
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --editable ".[$extra]"
fi
