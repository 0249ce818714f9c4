//! Where a language's tools are on this host.
use super::error::Unavailable;
use super::file::ToolchainFile;
use super::mounts::TOOLCHAIN;
use super::{places, prepare};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

/// PATH is not asked: what is bound into the sandbox and run for strangers must not hang on a shell's settings.
const STANDARD: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

/// A language's tools, found.
#[derive(Debug)]
pub struct Toolchain {
    host: PathBuf,
    tool: String,
    root: String,
    outside: Option<PathBuf>,
    prepare: Option<Prepare>,
    prepared: OnceLock<Result<PathBuf, Unavailable>>,
    version_args: Vec<String>,
    version: OnceLock<String>,
}

/// What is to be done once for this installation.
#[derive(Debug)]
struct Prepare {
    language: String,
    script: String,
    host_root: PathBuf,
    identity: String,
}

impl Toolchain {
    /// The command on the host.
    pub fn host_path(&self) -> &Path {
        &self.host
    }

    /// The command inside the sandbox.
    pub fn tool(&self) -> &str {
        &self.tool
    }

    /// The installation inside the sandbox.
    pub(super) fn root(&self) -> &str {
        &self.root
    }

    /// An installation outside /usr, to be bound.
    pub(super) fn outside(&self) -> Option<&Path> {
        self.outside.as_deref()
    }

    /// What the profile's `prepare` made, to be bound, if it has any. The first call runs it, unless its products are kept from
    /// an earlier one: for whoever only asks what is installed, it never runs.
    pub(super) fn prepared(&self) -> Result<Option<&Path>, Unavailable> {
        let Some(Prepare { language, script, host_root, identity }) = &self.prepare else { return Ok(None) };
        let made = self.prepared.get_or_init(|| {
            prepare::prepare(language, script, &self.host, host_root, identity).map_err(|reason| Unavailable {
                language: language.clone(),
                reason,
                hint: "see the message, or install another version".to_owned(),
            })
        });
        made.as_deref().map(Some).map_err(Clone::clone)
    }

    /// The first line the tool prints about itself; empty if it doesn't. The first call may run it, for up to 10 s; the
    /// answer is kept on disk for as long as the file doesn't change.
    pub fn version(&self) -> &str {
        self.version.get_or_init(|| prepare::version(&self.host, &self.version_args))
    }

    /// A text that changes when the installation does: path, size and times of the command.
    pub fn identity(&self) -> String {
        identity(&self.host)
    }
}

/// Looks for a language's tools.
pub(super) fn discover(language: &str, file: &ToolchainFile) -> Result<Toolchain, Unavailable> {
    let unavailable = |reason: String, hint: String| Unavailable { language: language.to_owned(), reason, hint };
    let install = || format!("apt install {}", file.package);
    let missing = |names: &[String]| unavailable(format!("{} not found", names.join(" or ")), install());

    let found = locate(&file.commands, &file.directories).ok_or_else(|| missing(&file.commands))?;
    if let Some(need) = file.needs.iter().find(|n| locate(std::slice::from_ref(n), &file.directories).is_none()) {
        return Err(missing(std::slice::from_ref(need)));
    }
    let host = settle(&found);
    let real = host.canonicalize().map_err(|e| unavailable(format!("{}: {e}", host.display()), install()))?;
    let (tool, root, outside) = inside(&host, &real, file.root);
    let prepare = file.prepare.as_ref().map(|script| Prepare {
        language: language.to_owned(),
        script: script.clone(),
        host_root: ancestor(&real, file.root),
        identity: identity(&real),
    });
    let version_args = file.version.clone();
    Ok(Toolchain { host, tool, root, outside, prepare, prepared: OnceLock::new(), version_args, version: OnceLock::new() })
}

fn locate(names: &[String], directories: &[String]) -> Option<PathBuf> {
    let own = directories.iter().flat_map(|d| places::find(d));
    let places: Vec<PathBuf> = own.chain(STANDARD.iter().map(PathBuf::from)).collect();
    names.iter().flat_map(|name| places.iter().map(move |p| p.join(name))).find(|p| is_executable(p))
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

/// The first of the links that lead to the command from which on all are in /usr: /etc/alternatives is left behind, but
/// not the name `clang++`, which is a link to `clang` and decides what it does.
fn settle(found: &Path) -> PathBuf {
    let mut chain = vec![found.to_owned()];
    // As many links as the kernel follows.
    while chain.len() <= 40 {
        let Some(last) = chain.last() else { break };
        let Ok(target) = last.read_link() else { break };
        let directory = last.parent().unwrap_or(Path::new("/"));
        chain.push(normal(&directory.canonicalize().unwrap_or_else(|_| directory.to_owned()).join(target)));
    }
    let from = chain.iter().rposition(|p| !p.starts_with("/usr")).map_or(0, |at| at + 1);
    // Outside /usr altogether: the file itself.
    chain.get(from).cloned().unwrap_or_else(|| found.canonicalize().unwrap_or_else(|_| found.to_owned()))
}

/// Without `..`; the directory before each was canonical.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                out.pop();
            }
            c => out.push(c),
        }
    }
    out
}

fn ancestor(path: &Path, levels: usize) -> PathBuf {
    path.ancestors().nth(levels).filter(|p| p.components().count() > 1).or(path.parent()).unwrap_or(path).to_owned()
}

/// The command and its installation as the sandbox sees them, and what must be bound for that.
fn inside(host: &Path, real: &Path, levels: usize) -> (String, String, Option<PathBuf>) {
    let text = |p: &Path| p.to_string_lossy().into_owned();
    if host.starts_with("/usr") {
        return (text(host), text(&ancestor(real, levels)), None);
    }
    let mut root = ancestor(real, levels);
    // `~/bin/lua` is no reason to bind the home.
    if root.components().count() < 3 || places::home().is_some_and(|h| h.starts_with(&root)) {
        real.parent().unwrap_or(real).clone_into(&mut root);
    }
    let tool = Path::new(TOOLCHAIN).join(real.strip_prefix(&root).unwrap_or(real));
    (text(&tool), TOOLCHAIN.to_owned(), Some(root))
}

pub(super) fn identity(path: &Path) -> String {
    let facts = fs::metadata(path).map(|m| format!("{} {}.{} {}", m.len(), m.mtime(), m.mtime_nsec(), m.ino()));
    format!("{} {}", path.display(), facts.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_never_bound() {
        let tool = Path::new("/opt/tool");
        assert_eq!(inside(tool, tool, 2).2, Some("/opt".into()));
        let tool = Path::new("/opt/go/bin/go");
        assert_eq!(inside(tool, tool, 2), ("/toolchain/bin/go".to_owned(), TOOLCHAIN.to_owned(), Some("/opt/go".into())));
        if let Some(home) = places::home() {
            let tool = home.join("bin/lua");
            assert_eq!(inside(&tool, &tool, 2).2, Some(home.join("bin")));
        }
    }

    #[test]
    fn the_shell_is_found_and_a_stranger_is_not() {
        assert!(locate(&["nonexistent".to_owned(), "sh".to_owned()], &[]).is_some());
        assert!(locate(&["nonexistent".to_owned()], &["/".to_owned()]).is_none());
    }
}
