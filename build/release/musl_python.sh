#!/usr/bin/env bash
# The musl wheel of x86-64 in a Python on musl: tests/seam. Debian's source of Python is compiled with Debian's musl, since no
# package here has one; a few minutes the first time. Nothing is installed. SQLite is in it, ctypes and TLS are not, so that the
# engines cannot be imported and tests/conftest.py is left out.
set -euo pipefail
cd "$(dirname "$0")/../.."
. build/release/tools.sh
wheels=("$release"/dist/*-musllinux_1_2_x86_64.whl)
[ -f "${wheels[0]}" ] || not_run "no musl wheel: build/release/musl.sh makes it"
[ "$(uname -m)" = x86_64 ] && [ -f /etc/apt/sources.list.d/debian.sources ] || not_run "needs Debian on x86-64"
command -v gcc >/dev/null && command -v make >/dev/null || not_run "needs gcc and make"
made=$release/musl-python
python=$made/build/python

if [ ! -f "$made/ready" ]; then
  rm -rf "$made"
  mkdir -p "$made"/{debs,musl,lists/partial,source/python,source/zlib,build,lib,include}
  (cd "$made/debs" && apt-get download -qq musl musl-dev musl-tools 2>/dev/null) || not_run "musl is not to be had"
  for deb in "$made"/debs/*.deb; do dpkg -x "$deb" "$made/musl"; done
  sed 's/^Types: deb$/Types: deb-src/' /etc/apt/sources.list.d/debian.sources > "$made/debian.sources"
  from=(-o "Dir::Etc::sourcelist=$made/debian.sources" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$made/lists")
  apt-get -qq "${from[@]}" update
  for name in python3.11 zlib; do # what Debian changed may be missing; the authors' archive is enough
    (cd "$made/debs" && apt-get -qq "${from[@]}" source --download-only "$name" 2>/dev/null) || true
    archives=("$made/debs/${name}"_*.orig.tar.*)
    [ -f "${archives[0]}" ] || not_run "the source of $name is not to be had"
    tar -xf "${archives[0]}" -C "$made/source/${name%3.11}" --strip-components=1
  done
  # The loader is that of the next Debian: 1.2.3 knows no DT_RELR, which numpy's libraries use, and ends in a segmentation fault.
  folder=$made/musl/usr/lib/x86_64-linux-musl
  sed -i 's/^Types: .*/Types: deb/; s/^Suites: .*-security$/Suites: trixie-security/; s/^Suites: bookworm.*/Suites: trixie/' "$made/debian.sources"
  apt-get -qq "${from[@]}" update
  (mkdir "$made/loader" && cd "$made/loader" && apt-get -qq "${from[@]}" download musl 2>/dev/null && dpkg -x ./*.deb .) \
    || not_run "the loader of musl 1.2.4 or later is not to be had"
  cp "$made/loader/usr/lib/x86_64-linux-musl/libc.so" "$folder/libc.so"
  # Debian's words to gcc for another C library, with the folders of here and the loader too.
  sed "s#/usr/include/x86_64-linux-musl#$made/musl&#g; s#/usr/lib/x86_64-linux-musl#$made/musl&#g; s#/lib/ld-musl-x86_64.so.1#$folder/libc.so#g" \
    "$folder/musl-gcc.specs" > "$made/specs"
  # The answer to -print-multiarch keeps Python's setup.py out of the headers of glibc.
  printf '#!/bin/sh\ncase "$1" in *-print-multiarch) echo x86_64-linux-musl ;; *) exec gcc "$@" -specs "%s" ;; esac\n' \
    "$made/specs" > "$made/musl-gcc"
  chmod +x "$made/musl-gcc"
  (cd "$made/source/zlib" && for each in *.c; do "$made/musl-gcc" -w -fPIC -O1 -DHAVE_UNISTD_H -DHAVE_STDARG_H -c "$each"; done
   ar rcs "$made/lib/libz.a" ./*.o && cp zlib.h zconf.h "$made/include")
  # The names under which packages for musl carry their extension modules.
  tag=cpython-311-x86_64-linux-musl
  (cd "$made/build"
   unset PYTHONPATH
   ../source/python/configure -q CC="$made/musl-gcc" CFLAGS='-O0 -w' CPPFLAGS="-I$made/include" LDFLAGS="-L$made/lib" \
     --without-ensurepip --without-doc-strings --disable-test-modules py_cv_module__ctypes=n/a py_cv_module__ssl=n/a \
     py_cv_module__tkinter=n/a py_cv_module__curses=n/a py_cv_module__dbm=n/a py_cv_module__sqlite3=n/a
   make -s SOABI=$tag EXT_SUFFIX=.$tag.so) > "$made/build.log" 2>&1 || { tail -n 20 "$made/build.log" >&2; exit 1; }
  # SQLite in one file, from the crate that carries it, and Python's module over it.
  mkdir -p "$made/source/sqlite/src"
  (cd "$made/source/sqlite"
   printf '[package]\nname = "sqlite"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n%s\n[workspace]\n' \
     'libsqlite3-sys = { version = "0.35", default-features = false }' > Cargo.toml
   touch src/lib.rs
   cargo vendor --quiet vendor > /dev/null
   cd vendor/libsqlite3-sys/sqlite3
   source=$made/source/python
   "$made/musl-gcc" -w -O1 -fPIC -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_MATH_FUNCTIONS -c sqlite3.c -o sqlite3.o
   "$made/musl-gcc" -w -O1 -fPIC -shared -DMODULE_NAME='"sqlite3"' -DPy_BUILD_CORE_MODULE -DPY_SQLITE_HAVE_SERIALIZE \
     -I"$source/Include/internal" -I"$source/Include" -I"$made/build" -I. "$source"/Modules/_sqlite/*.c sqlite3.o \
     -o "$(dirname "$(find "$made/build/build" -name "math.$tag.so")")/_sqlite3.$tag.so")
  touch "$made/ready"
fi

site=$made/site
rm -rf "$site"
"$release/venv/bin/pip" install --quiet --disable-pip-version-check --target "$site" --platform musllinux_1_2_x86_64 --platform musllinux_1_1_x86_64 \
  --python-version 3.11 --implementation cp --only-binary=:all: "${wheels[-1]}" 'pytest>=8' 'pytest-timeout>=2.3' 'hypothesis>=6.100'
export PYTHONPATH=$site OMP_NUM_THREADS=1
"$python" -c 'import platform, sanderling._core as core; print(platform.python_version(), core.__file__, core.kernels())'
"$python" -m pytest -q -p no:cacheprovider --noconftest tests/seam
