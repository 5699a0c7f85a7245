# shellcheck shell=bash
# Sourced by ops/up and its siblings: finds a Python, makes .venv, installs the locked dependencies.
# Needs nothing but bash and a Python from 3.11 to 3.14. Leaves the interpreter's path in $VENV_PYTHON.
set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
VENV="${DOSSIER_VENV:-$ROOT/.venv}"
VENV_PYTHON="$VENV/bin/python"
WANTED=""
cd "$ROOT"

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

is_supported() { # a python of the promised versions, as its makers released it, with the usual lock (the wheels want it)
  "$1" -c 'import sys, sysconfig
sys.exit(not ((3, 11) <= sys.version_info < (3, 15) and sys.version_info[3] == "final"
         and not sysconfig.get_config_var("Py_GIL_DISABLED")))' >/dev/null 2>&1
}

can_make_venv() { # Debian ships venv without ensurepip
  "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

is_wanted() { # of the version that --python asked for, if it did
  local version
  [ -n "$WANTED" ] || return 0
  version="$("$1" -V 2>/dev/null)" && [[ "$version." == "Python $WANTED."* ]]
}

list_pythons() { # the newest first, but before all the one that PYTHON names
  local minor name
  if [ -n "${PYTHON:-}" ]; then command -v "$PYTHON" || true; fi
  for minor in 14 13 12 11; do
    for name in "python3.$minor" "$HOME"/.pyenv/versions/3."$minor".*/bin/python3 \
      "$HOME"/.local/share/uv/python/cpython-3."$minor".*/bin/python3; do
      command -v "$name" || true
    done
  done
  command -v python3 || true
  command -v python || true
}

find_python() {
  local candidate without_venv="" other=""
  while read -r candidate; do
    if ! is_supported "$candidate"; then
      other="${other:-$("$candidate" -V 2>/dev/null || true)}"
    elif ! is_wanted "$candidate"; then
      continue
    elif ! can_make_venv "$candidate"; then
      without_venv="${without_venv:-$candidate}"
    else
      printf '%s' "$candidate"
      return
    fi
  done < <(list_pythons)
  if [ -n "$without_venv" ]; then
    fail "$without_venv has no venv module: install it (Debian, Ubuntu: apt-get install python3-venv)."
  fi
  if [ -n "$WANTED" ]; then
    fail "Python $WANTED was asked for and is not here, or not one of 3.11 to 3.14: install it, or name it in PYTHON."
  fi
  fail "Python 3.11 to 3.14 is needed and ${other:-no Python} was found: install one, or name it in PYTHON."
}

use_python() { # what `--python 3.13` asks for: that version, in a virtual environment of its own
  WANTED="$1"
  [[ "$WANTED" =~ ^3\.[0-9]+$ ]] || fail "--python takes a version such as 3.13."
  export DOSSIER_VENV="$ROOT/.venv-$WANTED" # the commands that tests start take the same
  VENV="$DOSSIER_VENV"
  VENV_PYTHON="$VENV/bin/python"
}

make_venv() {
  if [ -e "$VENV_PYTHON" ] && is_supported "$VENV_PYTHON"; then return; fi
  if [ -e "$VENV" ] && [ ! -e "$VENV/pyvenv.cfg" ]; then
    fail "$VENV exists and is not a virtual environment: move it away."
  fi
  local python
  python="$(find_python)"
  echo "Making $VENV with $("$python" -V) …" >&2
  "$python" -m venv --clear "$VENV" >&2 || fail "$python could not make $VENV: the lines above say why."
}

pip_says() { # uv does not read pip's configuration, where a house may have named an index and certificates of its own
  "$VENV_PYTHON" -m pip config list | sed -n "s/^[^=]*\.$1='\(.*\)'$/\1/p" | tail -n 1
}

install_locked() {
  local wanted index certificates stamp="$VENV/.installed"
  wanted="$(cksum requirements.txt) $("$VENV_PYTHON" -V)"
  if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then return; fi
  echo "Installing the locked dependencies (about 300 MB the first time) …" >&2
  awk '/^uv==/ { found = 1 } found { print } found && !/\\$/ { exit }' requirements.txt >"$VENV/uv.txt"
  "$VENV_PYTHON" -m pip install --require-hashes --disable-pip-version-check --no-input --quiet \
    -r "$VENV/uv.txt" >&2 || fail "pip could not install uv: the lines above say why (is the package index reachable?)."
  index="$(pip_says index-url)"
  certificates="${SSL_CERT_FILE:-$(pip_says cert)}"
  env ${certificates:+SSL_CERT_FILE="$certificates"} "$VENV/bin/uv" pip sync --require-hashes \
    --python "$VENV_PYTHON" ${index:+--default-index "$index"} requirements.txt \
    2>&1 | sed '/^ [+~-] /d' >&2 || fail "uv could not install requirements.txt: the lines above say why."
  printf '%s' "$wanted" >"$stamp"
}

bootstrap() {
  exec 9<requirements.txt
  if command -v flock >/dev/null 2>&1; then flock 9; fi # of two commands at once, the second waits
  make_venv
  install_locked
  exec 9<&-
}
