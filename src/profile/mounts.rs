//! What a slot's root has of the host.
use super::error::Unavailable;
use super::places;
use super::toolchain::Toolchain;
use crate::sandbox::Mount;
use std::path::{Path, PathBuf};

/// Where an installation outside /usr is bound.
pub(super) const TOOLCHAIN: &str = "/toolchain";
/// Where the products of `prepare` are bound.
pub(super) const PREPARED: &str = "/prepared";

/// What a slot's root has of the host.
#[derive(Debug, Default)]
pub struct Root {
    /// Read-only binds.
    pub mounts: Vec<Mount>,
    /// Symbolic links (target, link).
    pub symlinks: Vec<(PathBuf, PathBuf)>,
}

/// What exists on this host of a stage's binds, with the toolchain's own.
pub(super) fn root(binds: &[String], toolchain: &Toolchain) -> Result<Root, Unavailable> {
    let mut root = system(binds);
    if let Some(source) = toolchain.outside() {
        root.bind(source, TOOLCHAIN.into());
    }
    if let Some(source) = toolchain.prepared()? {
        root.bind(source, PREPARED.into());
    }
    root.mounts.sort_by(|a, b| a.target.cmp(&b.target));
    root.mounts.dedup_by(|a, b| a.target == b.target);
    Ok(root)
}

/// What exists on this host of `binds`, and the links that lead there.
pub(super) fn system(binds: &[impl AsRef<str>]) -> Root {
    let mut root = Root::default();
    for bind in binds {
        for target in places::find(bind.as_ref()) {
            root.bind(&target, target.clone());
        }
    }
    root.system();
    root
}

impl Root {
    fn bind(&mut self, source: &Path, target: PathBuf) {
        // The zygote binds without following links, so that nobody swaps one in between.
        if let Ok(source) = source.canonicalize() {
            self.mounts.push(Mount { source, target });
        }
    }

    fn covers(&self, path: &Path) -> bool {
        self.mounts.iter().any(|m| path.starts_with(&m.target))
    }

    /// /bin, /lib and the like: links into /usr as on the host, or directories of their own on systems that keep them.
    fn system(&mut self) {
        for name in ["bin", "sbin", "lib", "lib32", "lib64", "libx32"] {
            let (link, merged) = (Path::new("/").join(name), Path::new("/usr").join(name));
            let libraries = name.starts_with("lib") && self.covers(Path::new("/usr/lib"));
            if let Ok(target) = link.read_link() {
                if self.covers(&merged) {
                    self.symlinks.push((target, link));
                }
            } else if link.is_dir() && (self.covers(&merged) || libraries) {
                self.bind(&link.clone(), link);
            }
        }
    }
}
