#!/usr/bin/env bash
# Generates the databases, and what is expected of them, with another build of slo:
#
#     tests/golden/database/make.sh PATH/TO/slo
#
# Takes two minutes. Needs PostgreSQL 15 and Prometheus, as the tests do.
set -euo pipefail
program=$(realpath "${1:?name the slo program of a build}")
cd "$(dirname "$(realpath "$0")")/../../.."
SLO_BIN=$program exec cargo test --locked --test main -- --ignored --exact upgrade::generate::generate_databases
