#!/usr/bin/env bash
# The pinned fallback works offline: a compiled dependency (GoogleTest's sources, as Debian ships them) and a
# header-only one are taken from local folders although the system's packages are there.
# usage: fallback_test.sh CMAKE WORK_DIR
set -euo pipefail
cmake=$1 work=$2
here=$(dirname "$(readlink -f "$0")")
googletest=/usr/src/googletest
expected=/usr/include/tl/expected.hpp
for input in $googletest/CMakeLists.txt $expected; do
    [[ -e $input ]] || { echo "SKIPPED: $input is absent (Debian: googletest, libexpected-dev)"; exit 77; }
done

rm -rf "$work"
mkdir -p "$work/expected/include/tl"
cp $expected "$work/expected/include/tl/"
"$cmake" -S "$here/fallback" -B "$work/build" -G Ninja -DFETCHCONTENT_FULLY_DISCONNECTED=ON \
    -DFETCHCONTENT_SOURCE_DIR_GOOGLETEST=$googletest -DFETCHCONTENT_SOURCE_DIR_TL_EXPECTED="$work/expected" >/dev/null
"$cmake" --build "$work/build" --target fallback >/dev/null
"$work/build/fallback" --gtest_brief=1
# Ours, not the system's: the test means nothing otherwise.
grep -q "^$work/build/" "$work/build/sources.txt"
grep -qx "$work/expected/include" "$work/build/sources.txt"
cat "$work/build/sources.txt"
