//! Copies `device_profiles/` and `bench_device/` into cargo's `OUT_DIR`, so that maturin can package them.
//!
//! They live at the top of the tree because people look for them there; maturin silently drops symlinked folders,
//! so a copy at build time is the way that works (pyproject.toml, `[tool.maturin] include`).

use std::path::Path;
use std::{env, fs, io};

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == "__pycache__" {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    let top = Path::new(&manifest).join("../..");
    for folder in ["device_profiles", "bench_device"] {
        let source = top.join(folder);
        println!("cargo::rerun-if-changed={}", source.display());
        let target = Path::new(&out).join(folder);
        if target.exists() {
            fs::remove_dir_all(&target)?;
        }
        copy_tree(&source, &target)?;
    }
    Ok(())
}
