#!/bin/sh
# Faults put into runs of a whole deployment: own broker, own processes, own small disk. Needs root (mount, tmpfs), rabbitmq-server and cc. From anywhere:
#   bench/faults/faults.sh --injections 100 --seed 1     a campaign, which goes on where it was left off
#   bench/faults/faults.sh --report                      the counts so far as a table
#   bench/faults/faults.sh --show flip:17                one run of it again
set -eu
cd "$(dirname "$0")/../.."
dotnet build -c Release bench/faults/Das.Disturbances.csproj -v q -nologo >&2
exec bench/faults/bin/Release/net10.0/Das.Disturbances --state bench/faults/bin/campaign "$@"
