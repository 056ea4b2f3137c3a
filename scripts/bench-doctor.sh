#!/usr/bin/env bash
# Measures a healthy doctor, with all of its checks, against kubectl get pods, in turn, in a sandbox of its own: ROUNDS runs of each.
# The goal is a ratio of 2.0 or less. Usage: bench-doctor.sh KUBECTL
set -euo pipefail
cd "$(dirname "$0")/.."

kubectl=$PWD/$1
. scripts/bench-sandbox.sh "bench-doctor-$$"
"$benchscale" healthy --plugin "$plugin" --kubectl "$kubectl" --rounds "${ROUNDS:-20}"
