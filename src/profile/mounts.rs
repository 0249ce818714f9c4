//! What a slot's root has of the host.
use super::error::Unavailable;
use super::places;
use super::toolchain::Toolchain;
use crate::sandbox::{Mount, Root};
use std::path::{Path, PathBuf};

/// Where an installation outside /usr is bound.
pub(super) const TOOLCHAIN: &str = "/toolchain";
/// Where the products of `prepare` are bound.
pub(super) const PREPARED: &str = "/prepared";

/// What exists on this host of a stage's binds, with the toolchain's own.
pub(super) fn root(binds: &[String], toolchain: &Toolchain) -> Result<Root, Unavailable> {
    let mut root = system(binds);
    if let Some(source) = toolchain.outside() {
        bind(&mut root, source, TOOLCHAIN.into());
    }
    if let Some(source) = toolchain.prepared()? {
        bind(&mut root, source, PREPARED.into());
    }
    root.mounts.sort_by(|a, b| a.target.cmp(&b.target));
    root.mounts.dedup_by(|a, b| a.target == b.target);
    Ok(root)
}

/// What exists on this host of `binds`, and the links that lead there.
pub(super) fn system(binds: &[impl AsRef<str>]) -> Root {
    let mut root = Root::default();
    for target in binds.iter().flat_map(|bind| places::find(bind.as_ref())) {
        bind(&mut root, &target, target.clone());
    }
    link_system(&mut root);
    root
}

fn bind(root: &mut Root, source: &Path, target: PathBuf) {
    // The zygote binds without following links, so that nobody swaps one in between.
    if let Ok(source) = source.canonicalize() {
        root.mounts.push(Mount { source, target });
    }
}

/// /bin, /lib and the like: links into /usr as on the host, or directories of their own on systems that keep them.
fn link_system(root: &mut Root) {
    let covers = |root: &Root, path: &Path| root.mounts.iter().any(|m| path.starts_with(&m.target));
    for name in ["bin", "sbin", "lib", "lib32", "lib64", "libx32"] {
        let (link, merged) = (Path::new("/").join(name), Path::new("/usr").join(name));
        let libraries = name.starts_with("lib") && covers(root, Path::new("/usr/lib"));
        if let Ok(target) = link.read_link() {
            if covers(root, &merged) {
                root.symlinks.push((target, link));
            }
        } else if link.is_dir() && (covers(root, &merged) || libraries) {
            bind(root, &link.clone(), link);
        }
    }
}
