//! A toolchain's own commands, run on the host: its version, its `prepare` script. What they give is kept on disk.
//!
//! Invariant: however this process ends, its commands end with it, and what they had begun is swept by the next.
use super::places;
use nix::fcntl::{Flock, FlockArg};
use std::fs;
use std::io::{Read as _, Seek as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The first line that `tool` prints about itself.
pub(super) fn version(tool: &Path, args: &[String]) -> String {
    let key = key(&[&super::toolchain::identity(tool), &args.join("\0")]);
    let kept = places::cache().map(|c| c.join("versions").join(key));
    if let Some(text) = kept.as_ref().and_then(|k| fs::read_to_string(k).ok()).filter(|t| !t.is_empty()) {
        return text;
    }
    let text = ask(tool, args).unwrap_or_default();
    if let Some(kept) = kept.filter(|_| !text.is_empty()) {
        keep(&kept, &text);
    }
    text
}

/// Only saves time: that it fails is no harm.
fn keep(path: &Path, text: &str) {
    let Some(parent) = path.parent() else { return };
    if make(parent).is_err() {
        return;
    }
    // One name for all who write the same: what one that was killed has left, the next renames.
    let draft = path.with_extension("new");
    if fs::write(&draft, text).and_then(|()| fs::rename(&draft, path)).is_err() {
        let _ = fs::remove_file(&draft);
    }
}

fn ask(tool: &Path, args: &[String]) -> Option<String> {
    // It has no name, so that nothing is left of it.
    let mut log = tempfile::tempfile().ok()?;
    // A home that nothing can be made in, not even by root: Go writes down there that it was asked.
    let mut command = tethered(Path::new("/dev/null"));
    let mut child =
        command.arg(tool).args(args).current_dir("/").stdout(log.try_clone().ok()?).stderr(log.try_clone().ok()?).spawn().ok()?;
    finish(&mut child, Duration::from_secs(10))?;
    log.rewind().ok()?;
    let mut text = Vec::new();
    log.take(4096).read_to_end(&mut text).ok()?;
    let text = String::from_utf8_lossy(&text);
    text.lines().map(str::trim).find(|l| !l.is_empty()).map(str::to_owned)
}

/// Runs a `prepare` script if its products aren't there yet, and says where they are. May take a minute.
pub(super) fn prepare(language: &str, script: &str, tool: &Path, root: &Path, identity: &str) -> Result<PathBuf, String> {
    let cache = places::cache().ok_or("neither XDG_CACHE_HOME nor HOME is set")?.join("prepared");
    let done = cache.join(format!("{language}-{}", key(&[identity, script])));
    if stands(&done)? {
        return Ok(done);
    }
    tracing::info!(language, tool = %tool.display(), "preparing the toolchain, once for this version");
    let failed = |what: &str, e: std::io::Error| format!("failed to prepare {}: {what}: {e}", tool.display());
    make(&cache).map_err(|e| failed("the cache directory", e))?;
    // One at a time: the others find it done. What lies there now was left by one that was killed.
    let lock = fs::File::open(&cache).map_err(|e| failed("the cache directory", e))?;
    let _alone = Flock::lock(lock, FlockArg::LockExclusive).map_err(|(_, e)| failed("its lock", e.into()))?;
    if stands(&done)? {
        return Ok(done);
    }
    sweep(&cache);
    let draft = tempfile::Builder::new().prefix(DRAFT).tempdir_in(&cache).map_err(|e| failed("a directory", e))?;
    let log = draft.path().join(".log");
    let out = fs::File::create(&log).map_err(|e| failed("the log", e))?;
    let err = out.try_clone().map_err(|e| failed("the log", e))?;
    let mut command = tethered(draft.path());
    command.args(["/bin/sh", "-c", script, "prepare"]).arg(tool).arg(root).arg(draft.path());
    command.current_dir(draft.path()).stdout(out).stderr(err);
    let mut child = command.spawn().map_err(|e| failed("/bin/sh", e))?;
    if finish(&mut child, Duration::from_mins(10)) != Some(true) {
        let text = fs::read(&log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        return Err(format!("failed to prepare {}: {}", tool.display(), text.lines().last().unwrap_or("no message")));
    }
    let draft = draft.keep();
    publish(&draft, &done).map_err(|e| failed("its directory", e))?;
    Ok(done)
}

/// A directory of ours: others may read in it (a slot may have another uid), and not write, whatever our mask lets them.
fn make(directory: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o755).create(directory)
}

/// Whether it is there already. It becomes part of the programs that are compiled with it, so that one which another user has put
/// there, or can write to, is an error.
fn stands(done: &Path) -> Result<bool, String> {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(found) = fs::symlink_metadata(done) else { return Ok(false) };
    // Root's is as good: an image's, made when that was built.
    let trusted = found.uid() == nix::unistd::geteuid().as_raw() || found.uid() == 0;
    if trusted && found.is_dir() && found.mode() & 0o022 == 0 {
        Ok(true)
    } else {
        Err(format!(
            "{} is not ours alone; remove it, and let XDG_CACHE_HOME (or HOME) name a directory that only this user can write to",
            done.display()
        ))
    }
}

/// A rename, so that nobody sees half of it; who comes second throws theirs away.
fn publish(draft: &Path, done: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    // A slot may have another uid.
    fs::set_permissions(draft, fs::Permissions::from_mode(0o755))?;
    match fs::rename(draft, done) {
        Err(e) if !done.is_dir() => Err(e),
        Err(_) => fs::remove_dir_all(draft),
        Ok(()) => Ok(()),
    }
}

const DRAFT: &str = "draft-";

fn sweep(cache: &Path) {
    for entry in fs::read_dir(cache).into_iter().flatten().flatten().filter(|e| e.file_name().to_string_lossy().starts_with(DRAFT)) {
        let _ = fs::remove_dir_all(entry.path());
    }
}

/// What runs the command given as its arguments, in a process group of its own and with nothing of the caller's
/// environment, nor of a mask that lets others write to what it makes. The group ends with the end of our side of its stdin:
/// when the child is dropped, or we are no more.
fn tethered(home: &Path) -> Command {
    const TETHER: &str = r#"umask 022; exec 3<&0 < /dev/null; { cat <&3; kill -9 0; } > /dev/null 2>&1 & exec 3<&-; "$@""#;
    let mut command = Command::new("/bin/sh");
    command.env_clear().envs([("PATH", "/usr/local/bin:/usr/bin:/bin"), ("LC_ALL", "C")]).env("HOME", home);
    command.args(["-c", TETHER, "tether"]).stdin(Stdio::piped()).process_group(0);
    command
}

/// Waits with an end to the patience. Whether it succeeded; nothing if it had to be killed.
fn finish(child: &mut Child, patience: Duration) -> Option<bool> {
    let start = Instant::now();
    while start.elapsed() < patience {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) => std::thread::sleep(Duration::from_millis(2)),
            Err(_) => break,
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

fn key(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&part.len().to_le_bytes()).update(part.as_bytes());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, symlink};

    #[test]
    fn what_others_can_write_to_is_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        let [ours, theirs, link] = ["ours", "theirs", "link"].map(|name| dir.path().join(name));
        assert_eq!(stands(&ours), Ok(false));
        fs::DirBuilder::new().mode(0o755).create(&ours).unwrap();
        assert_eq!(stands(&ours), Ok(true));
        fs::create_dir(&theirs).unwrap();
        fs::set_permissions(&theirs, fs::Permissions::from_mode(0o777)).unwrap();
        symlink(&ours, &link).unwrap();
        for path in [theirs, link] {
            assert!(stands(&path).unwrap_err().contains("is not ours alone; remove it"), "{}", path.display());
        }
    }
}
