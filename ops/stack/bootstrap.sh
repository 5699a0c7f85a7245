# shellcheck shell=bash
# Sourced by ops/up and its siblings: finds a Python, makes .venv, installs the locked dependencies.
# Needs nothing but bash and Python 3.11 or 3.12. Leaves the interpreter's path in $VENV_PYTHON.
set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
VENV="${DOSSIER_VENV:-$ROOT/.venv}"
VENV_PYTHON="$VENV/bin/python"
cd "$ROOT"

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

is_supported() { # a python of the promised versions
  "$1" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' >/dev/null 2>&1
}

can_make_venv() { # Debian ships venv without ensurepip
  "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

list_pythons() {
  local name
  for name in "${PYTHON:-}" python3.11 python3.12 python3 python \
    "$HOME"/.pyenv/versions/3.1[12].*/bin/python3 "$HOME"/.local/share/uv/python/cpython-3.1[12].*/bin/python3; do
    if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then command -v "$name"; fi
  done
}

find_python() {
  local candidate without_venv="" other=""
  while read -r candidate; do
    if ! is_supported "$candidate"; then
      other="${other:-$("$candidate" -V 2>/dev/null || true)}"
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
  fail "Python 3.11 or 3.12 is needed and ${other:-no Python} was found: install one, or name it in PYTHON."
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

show_installing() { # pip's many lines as one that moves
  local total="$1" seen=0 line
  while IFS= read -r line; do
    case "$line" in
      Collecting*) seen=$((seen + 1)); [ -t 2 ] && printf '\r  %d of about %d packages ' "$seen" "$total" >&2 ;;
      "Installing collected"*) printf '\n  unpacking …\n' >&2 ;;
      ERROR*|*error:*) printf '\n%s\n' "$line" >&2 ;;
    esac
  done
}

install_locked() {
  local wanted stamp="$VENV/.installed"
  wanted="$(cksum requirements.txt) $("$VENV_PYTHON" -V)"
  if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then return; fi
  echo "Installing the locked dependencies (about 300 MB the first time) …" >&2
  "$VENV_PYTHON" -m pip install --require-hashes --disable-pip-version-check --no-input --progress-bar off \
    -r requirements.txt 2>&1 | show_installing "$(grep -c '==' requirements.txt)" ||
    fail "pip could not install requirements.txt: the lines above say why (is the package index reachable?)."
  printf '%s' "$wanted" >"$stamp"
}

bootstrap() {
  exec 9<requirements.txt
  if command -v flock >/dev/null 2>&1; then flock 9; fi # of two commands at once, the second waits
  make_venv
  install_locked
  exec 9<&-
}
