#!/usr/bin/env bash
# The newest commits have a subject such as "redis: reconnect on READONLY": an area, and at most 72 characters.
set -euo pipefail
wrong=$(git log --format=%s --no-merges -n "${1:-30}" | grep -vE '^[a-z][a-z0-9, -]*: .+' || true)
long=$(git log --format=%s --no-merges -n "${1:-30}" | grep -E '^.{73,}' || true)
if [ -n "$wrong$long" ]; then
  printf 'Write the subject of a commit as "area: imperative", in at most 72 characters:\n%s\n%s\n' "$wrong" "$long" >&2
  exit 1
fi
