//! The compile cache, poisoned on disk. Whatever stands there, the program is compiled and judged, at once, and nothing that a
//! link leads to is touched.
use super::attack::Scene;
use super::binary;
use libtest_mimic::Completion;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Where things are: one entry is there, of a program that was compiled and judged.
struct Place {
    cache: PathBuf,
    entry: PathBuf,
    /// Another entry.
    other: PathBuf,
    /// A folder that is none of the cache's, with a copy of the entry below `entry`.
    outside: PathBuf,
}

type Poison = (&'static str, fn(&Place));

/// What is done to it.
const POISONS: &[Poison] = &[
    ("program-truncated", |p| truncate(&p.entry.join("0"))),
    ("manifest-truncated", |p| truncate(&p.entry.join("manifest"))),
    ("program-bit-flipped", |p| flip(&p.entry.join("0"))),
    ("manifest-bit-flipped", |p| flip(&p.entry.join("manifest"))),
    ("program-longer", |p| change(&p.entry.join("0"), |bytes| bytes.extend(b"# more"))),
    ("program-of-another", |p| replace(&p.entry.join("0"), |at| assert!(fs::copy(p.other.join("0"), at).is_ok()))),
    ("entry-of-another", |p| replace(&p.entry, |at| copy(&p.other, at))),
    ("program-world-writable", |p| fs::set_permissions(p.entry.join("0"), Permissions::from_mode(0o777)).expect("chmod")),
    ("program-set-uid", |p| fs::set_permissions(p.entry.join("0"), Permissions::from_mode(0o4555)).expect("chmod")),
    ("entry-world-writable", |p| fs::set_permissions(&p.entry, Permissions::from_mode(0o777)).expect("chmod")),
    ("entry-unreadable", |p| fs::set_permissions(&p.entry, Permissions::from_mode(0o000)).expect("chmod")),
    ("program-is-a-link", |p| replace(&p.entry.join("0"), |at| symlink(p.outside.join("entry/0"), at).expect("link"))),
    ("program-has-two-names", |p| fs::hard_link(p.entry.join("0"), p.cache.join("second")).expect("link")),
    ("program-is-a-fifo", |p| replace(&p.entry.join("0"), fifo)),
    ("program-is-a-directory", |p| replace(&p.entry.join("0"), |at| fs::create_dir(at).expect("mkdir"))),
    ("manifest-is-a-link", |p| replace(&p.entry.join("manifest"), |at| symlink(p.outside.join("entry/manifest"), at).expect("link"))),
    ("manifest-is-a-fifo", |p| replace(&p.entry.join("manifest"), fifo)),
    ("entry-is-a-link", |p| replace(&p.entry, |at| symlink(p.outside.join("entry"), at).expect("link"))),
    ("entry-is-a-file", |p| replace(&p.entry, |at| fs::write(at, "x").expect("write"))),
    ("entry-is-a-fifo", |p| replace(&p.entry, fifo)),
    ("lock-is-a-fifo", |p| {
        replace(&p.entry, |_| ());
        fifo(&p.lock());
    }),
    ("lock-is-a-link", |p| {
        replace(&p.entry, |_| ());
        symlink(p.outside.join("file"), p.lock()).expect("link");
    }),
    ("lock-is-a-directory", |p| {
        replace(&p.entry, |_| ());
        fs::create_dir(p.lock()).expect("mkdir");
    }),
    ("index-lock-is-a-fifo", |p| replace(&p.cache.join("index.lock"), fifo)),
    ("index-lock-is-a-link", |p| replace(&p.cache.join("index.lock"), |at| symlink(p.outside.join("file"), at).expect("link"))),
    ("fifo-in-tmp", |p| fifo(&p.cache.join("tmp/old-x"))),
    ("link-in-tmp", |p| symlink(&p.outside, p.cache.join("tmp/old-x")).expect("link")),
    ("stranger-in-entries", |p| symlink("/", p.cache.join("entries").join("0".repeat(64))).expect("link")),
];

impl Place {
    fn lock(&self) -> PathBuf {
        self.cache.join("locks").join(self.entry.file_name().expect("a name"))
    }
}

/// The names of the poisons.
pub fn names() -> impl Iterator<Item = &'static str> {
    POISONS.iter().map(|(name, _)| *name)
}

/// Compiles twice, poisons, and judges again; and once more, from what is in the cache then.
pub fn run(name: &str) -> Result<Completion, String> {
    let (_, poison) = POISONS.iter().find(|(n, _)| *n == name).expect("a poison");
    let scene = Scene::new();
    let folder = tempfile::tempdir().expect("a directory");
    let place = set_out(folder.path())?;
    let before = outside(&place);
    poison(&place);
    let mut faults = Vec::new();
    for turn in ["poisoned", "after that"] {
        let began = Instant::now();
        let (line, stderr) = judge(&place.cache, "contained");
        if line["verdict"] != "AC" {
            faults.push(format!("{turn}: {line:#}\n{stderr}"));
        }
        if began.elapsed() > Duration::from_mins(1) {
            faults.push(format!("{turn}: it took {:?}", began.elapsed()));
        }
        if turn != "poisoned" && line["compile"]["cached"] != true {
            faults.push("nothing is kept any more".into());
        }
    }
    if outside(&place) != before {
        faults.push(format!("what lies outside has changed: {before:?}, now {:?}", outside(&place)));
    }
    faults.extend(scene.faults());
    // So that all of it can be removed.
    let _ = fs::set_permissions(&place.entry, Permissions::from_mode(0o700));
    if faults.is_empty() { Ok(Completion::Completed) } else { Err(faults.join("\n  ")) }
}

/// The same between two requests to one process, which has verified the entry a moment ago and has its files open.
pub fn run_within(name: &str) -> Result<Completion, String> {
    let (_, poison) = POISONS.iter().find(|(n, _)| *n == name).expect("a poison");
    let scene = Scene::new();
    let folder = tempfile::tempdir().expect("a directory");
    let place = set_out(folder.path())?;
    let before = outside(&place);
    let args = args(&place.cache);
    let mut child = binary::start(&args.iter().map(String::as_str).collect::<Vec<_>>(), &binary::data());
    let mut stdin = child.stdin.take().expect("piped");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut faults = Vec::new();
    for turn in ["before", "poisoned", "after that"] {
        if turn == "poisoned" {
            poison(&place);
        }
        writeln!(stdin, "{}", request("contained")).expect("the judge reads");
        let line = lines.next().and_then(Result::ok).map(|line| binary::checked_line(&line)).unwrap_or_default();
        if line["verdict"] != "AC" {
            faults.push(format!("{turn}: {line:#}"));
        }
        // The control: the entry is what is run.
        if turn == "before" && line["compile"]["cached"] != true {
            faults.push(format!("the cache is not used: {line:#}"));
        }
    }
    drop(stdin);
    let ended = binary::finish(child);
    if ended.status.code() != Some(0) {
        faults.push(format!("{}: {}", ended.status, ended.stderr));
    }
    if outside(&place) != before {
        faults.push(format!("what lies outside has changed: {before:?}, now {:?}", outside(&place)));
    }
    faults.extend(scene.faults());
    let _ = fs::set_permissions(&place.entry, Permissions::from_mode(0o700));
    if faults.is_empty() { Ok(Completion::Completed) } else { Err(faults.join("\n  ")) }
}

/// A cache with two entries, the first of which is that of the program that is judged again.
fn set_out(folder: &Path) -> Result<Place, String> {
    let cache = folder.join("cache");
    let entries = || super::traces::files(&cache.join("entries"));
    judge(&cache, "contained");
    let first = entries();
    judge(&cache, "other");
    let second: Vec<PathBuf> = entries().into_iter().filter(|e| !first.contains(e)).collect();
    let ([entry], [other]) = (first.as_slice(), second.as_slice()) else { return Err("the cache is not as it should be".into()) };
    // The control: untouched, the entry is what is run.
    let (line, _) = judge(&cache, "contained");
    if line["compile"]["cached"] != true {
        return Err(format!("the cache is not used: {line:#}"));
    }
    let outside = folder.join("outside");
    fs::create_dir(&outside).expect("mkdir");
    fs::write(outside.join("file"), "mine").expect("write");
    copy(entry, &outside.join("entry"));
    fs::set_permissions(outside.join("entry"), Permissions::from_mode(0o755)).expect("chmod");
    Ok(Place { entry: entry.clone(), other: other.clone(), outside, cache })
}

fn judge(cache: &Path, says: &str) -> (Value, String) {
    let args = args(cache);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let ended = binary::run(&args, &binary::data(), request(says).to_string().as_bytes());
    (ended.lines().into_iter().next().unwrap_or_default(), ended.stderr)
}

fn args(cache: &Path) -> [String; 6] {
    let profiles = binary::data().join("attacks/profiles");
    let text = |path: &Path| path.to_str().expect("text").to_owned();
    ["judge".into(), "-j1".into(), "--profiles".into(), text(&profiles), "--cache-dir".into(), text(cache)]
}

fn request(says: &str) -> Value {
    let source = format!("import os\nopen('main', 'w').write('#!/usr/bin/sh\\necho {says}\\n')\nos.chmod('main', 0o755)\n");
    json!({"id": says, "language": "plant", "source": source, "tests": [{"answer": format!("{says}\n")}]})
}

/// Contents, modes and times of everything outside.
fn outside(place: &Place) -> Vec<String> {
    let entry = place.outside.join("entry");
    let mut paths = vec![place.outside.clone(), place.outside.join("file"), entry.clone()];
    paths.extend(super::traces::files(&entry));
    paths.sort();
    let see = |p: &PathBuf| {
        let meta = fs::symlink_metadata(p).expect("it is there");
        format!("{} {:o} {:?} {:?}", p.display(), meta.permissions().mode(), meta.modified(), fs::read(p).map(|b| b.len()))
    };
    paths.iter().map(see).collect()
}

/// Changes contents, and leaves the mode as it was.
fn change(path: &Path, how: impl FnOnce(&mut Vec<u8>)) {
    let mode = fs::metadata(path).expect("it is there").permissions();
    let mut bytes = fs::read(path).expect("read");
    how(&mut bytes);
    fs::set_permissions(path, Permissions::from_mode(0o700)).expect("chmod");
    fs::write(path, bytes).expect("write");
    fs::set_permissions(path, mode).expect("chmod");
}

fn truncate(path: &Path) {
    change(path, |bytes| bytes.truncate(bytes.len() / 2));
}

fn flip(path: &Path) {
    change(path, |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    });
}

/// Something else in place of a file or a directory.
fn replace(path: &Path, make: impl FnOnce(&Path)) {
    if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.expect("remove");
    make(path);
}

fn fifo(path: &Path) {
    mkfifo(path, Mode::from_bits_truncate(0o644)).expect("mkfifo");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("mkdir");
    fs::set_permissions(to, fs::metadata(from).expect("it is there").permissions()).expect("chmod");
    for file in super::traces::files(from) {
        fs::copy(&file, to.join(file.file_name().expect("a name"))).expect("copy");
    }
}
