#!/bin/sh
# Mutations of valid files, read in child processes with bounds on memory and time. From anywhere:
#   bench/fuzz/fuzz.sh --reader arrow --inputs 1000000 --seed 1     a campaign, which goes on where it was left off
#   bench/fuzz/fuzz.sh --report                                     the counts of all campaigns as a table
#   bench/fuzz/fuzz.sh --known tests/fixtures/hostile               what comes of files known to do harm
#   bench/fuzz/fuzz.sh coverage --reader all --inputs 5000          the branches that inputs reach, instrumented by SharpFuzz
set -eu
cd "$(dirname "$0")/../.."
dotnet build -c Release bench/fuzz/Das.Fuzz.csproj -v q -nologo >&2
built=bench/fuzz/bin/Release/net10.0
if [ "${1:-}" = coverage ]; then
    shift
    tools=bench/fuzz/bin/tools instrumented=bench/fuzz/bin/instrumented
    [ -x "$tools/sharpfuzz" ] || dotnet tool install SharpFuzz.CommandLine --version 2.3.0 --tool-path "$tools" >&2
    rm -rf "$instrumented"
    cp -rl "$built" "$instrumented"
    for assembly in Das.Foundation Das.Benchmarks Das.Models; do
        cp --remove-destination "$built/$assembly.dll" "$instrumented/$assembly.dll"
        SHARPFUZZ_ENABLE_ON_BRANCH_CALLBACK=1 "$tools/sharpfuzz" "$instrumented/$assembly.dll" >&2
    done
    cp "$(find "$tools" -path '*net10.0*' -name SharpFuzz.Common.dll | head -1)" "$instrumented/"
    exec "$instrumented/Das.Fuzz" --coverage "$@"
fi
exec "$built/Das.Fuzz" --state bench/fuzz/bin/campaigns "$@"
