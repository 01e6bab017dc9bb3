#!/bin/sh
# Every family's smallest recipe on a GPU and on the processor, compared: bench/gpu.sh. Other devices: bench/gpu.sh cpu cuda:1; some recipes only:
# RECIPES="vilt/shapes llama-smol/commonsenseqa" bench/gpu.sh. What is finished is not computed again.
set -eu
cd "$(dirname "$0")/.."
export Torch="${Torch:-cuda}"
[ $# -gt 0 ] || set -- cpu cuda
failed=0
for recipe in ${RECIPES:-vilt/shapes meter-shapes/nlvr llama-stories/boolq lavin-stories/scienceqa llava-stories/vqa-rad llama-smol/commonsenseqa}; do
    pair=
    for device; do
        name="$(echo "$recipe" | tr / -)-on-$device"
        if ./das run "$recipe" --set "device=$device" --set "name=$name"; then pair="$pair $name"; else failed=1; fi
    done
    # shellcheck disable=SC2086 # a list of names without spaces
    [ -z "$pair" ] || ./das compare $pair
done
exit $failed
