#!/bin/sh
# Every family's smallest recipe on the processor and on a GPU, one beside the other: bench/gpu.sh. Other devices: bench/gpu.sh cpu cuda:1; some recipes only:
# RECIPES="vilt/shapes llama-smol/commonsenseqa" bench/gpu.sh. What is finished is not computed again.
set -eu
cd "$(dirname "$0")/.."
export Torch="${Torch:-cuda}"
[ $# -gt 0 ] || set -- cpu cuda
failed=0
for recipe in ${RECIPES:-vilt/shapes meter-shapes/nlvr llama-stories/boolq lavin-stories/scienceqa llava-stories/vqa-rad llama-smol/commonsenseqa}; do
    ended=
    for device; do
        name="$(echo "$recipe" | tr / -)-on-$device"
        if ./das run "$recipe" --set "device=$device" --set "name=$name"; then ended="$ended $name"; else failed=1; fi
    done
    # One at a time, as das compare takes the mean of runs that differ in seed or device alone.
    for name in $ended; do ./das compare "$name"; done
done
exit $failed
